import { Alert, Button, Checkbox, FileButton, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useKeys } from '@/keys/keys';
import { inWindow, type NativeFile, openFiles } from '@/native/native';
import { useMay } from '@/session/session';
import { explain } from '@/ui/explain';
import { uiClasses } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Failed } from '@/ui/states';
import classes from './Imports.module.css';
import { onFiles, takeFiles } from './queue';
import { upload } from './upload';

const ACCEPT = '.csv,.tsv,.txt,.xlsx,.xlsm,.xml,.pdf';
const LARGEST = 64 * 1024 * 1024;

export default function ImportsPage() {
  const { t } = useTranslation();
  const may = useMay('imports.write');
  const [snapshot, setSnapshot] = useState(false);
  const reading = useReading(snapshot);
  const choose = useRef<() => void>(null);
  const browse = async () => {
    const native = await openFiles();
    if (native) reading.read(native);
    else choose.current?.();
  };
  useKeys(may ? [{ keys: 'o', label: t('import.choose'), group: 'page', run: () => void browse() }] : []);

  return (
    <div className={page.scroll}>
      <Title order={1} mb="md">
        {t('import.title')}
      </Title>
      {may && (
        <section className={classes.drop} aria-label={t('import.dropTitle')}>
          {reading.file ? (
            <Stack align="center" gap="xs" role="status">
              <Loader />
              <Text fw={560}>{t('import.reading', { file: reading.file })}</Text>
              <Text c="dimmed">{t('import.readingHint')}</Text>
            </Stack>
          ) : (
            <Stack align="center" gap="xs">
              <IconFileSpreadsheet size={34} stroke={1.3} aria-hidden color="var(--v-muted)" />
              <Title order={2}>{t('import.dropTitle')}</Title>
              <Text c="dimmed" ta="center" maw={460}>
                {t('import.dropText')}
              </Text>
              <FileButton
                multiple
                accept={ACCEPT}
                onChange={async (files) => {
                  reading.read(
                    await Promise.all(
                      files.map(async (file) => ({
                        name: file.name,
                        bytes: new Uint8Array(await file.arrayBuffer()),
                      })),
                    ),
                  );
                }}
              >
                {(props) => {
                  choose.current = props.onClick;
                  return (
                    <Button mt={4} onClick={() => (inWindow() ? void browse() : props.onClick())}>
                      {t('import.choose')}
                    </Button>
                  );
                }}
              </FileButton>
              <Checkbox
                size="xs"
                mt={4}
                checked={snapshot}
                onChange={(event) => setSnapshot(event.currentTarget.checked)}
                label={t('import.snapshot')}
                description={t('import.snapshotHint')}
              />
            </Stack>
          )}
        </section>
      )}
      {reading.failed.map(({ file, reason }) => (
        <Alert
          key={file}
          color="overdue"
          mt="sm"
          role="alert"
          title={file}
          withCloseButton
          onClose={reading.forget}
        >
          {reason} {t('errors.nothingLost')}
        </Alert>
      ))}
      <PastImports />
    </div>
  );
}

/** useReading reads files one after another and opens the last one that could be read. */
function useReading(snapshot: boolean) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [file, setFile] = useState<string>();
  const [failed, setFailed] = useState<{ file: string; reason: string }[]>([]);
  const busy = useRef(false);
  const shot = useRef(snapshot);
  shot.current = snapshot;

  const read = useCallback(
    async (files: NativeFile[]) => {
      if (busy.current || files.length === 0) return;
      busy.current = true;
      setFailed([]);
      let opened: string | undefined;
      for (const next of files) {
        setFile(next.name);
        try {
          if (next.bytes.byteLength > LARGEST) throw new RangeError('too large');
          const plan = await upload(next, shot.current);
          client.setQueryData(['import', plan.id], plan);
          opened ??= plan.id;
        } catch (error) {
          const reason = error instanceof RangeError ? t('import.tooLarge') : explain(error, t);
          setFailed((list) => [...list, { file: next.name, reason }]);
        }
      }
      busy.current = false;
      setFile(undefined);
      void client.invalidateQueries({ queryKey: ['imports'] });
      if (opened) void navigate({ to: '/imports/$import', params: { import: opened } });
    },
    [client, navigate, t],
  );
  useEffect(() => {
    const take = () => void read(takeFiles());
    take();
    return onFiles(take);
  }, [read]);
  return { file, failed, read: (files: NativeFile[]) => void read(files), forget: () => setFailed([]) };
}

function PastImports() {
  const { t } = useTranslation();
  const format = useFormat();
  const imports = useQuery({
    queryKey: ['imports'],
    queryFn: () => ok(api.GET('/api/v1/imports', { params: { query: { limit: 50 } } })),
  });
  if (imports.isPending) return null;
  if (imports.isError) return <Failed error={imports.error} onRetry={() => void imports.refetch()} />;
  if (imports.data.items.length === 0) return null;
  return (
    <section className={`${uiClasses.card} ${classes.past}`} aria-labelledby="past">
      <div className={uiClasses.cardHead}>
        <Title order={2} id="past">
          {t('import.past')}
        </Title>
      </div>
      <div className={uiClasses.tableFrame}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th scope="col">{t('import.file')}</th>
              <th scope="col">{t('import.kind')}</th>
              <th scope="col">{t('fields.date')}</th>
              <th scope="col" className="num">
                {t('import.new')}
              </th>
              <th scope="col" className="num">
                {t('import.changed')}
              </th>
              <th scope="col" className="num">
                {t('import.rejected')}
              </th>
              <th scope="col">{t('fields.status')}</th>
            </tr>
          </thead>
          <tbody>
            {imports.data.items.map((row) => (
              <tr key={row.id}>
                <td>
                  <Link to="/imports/$import" params={{ import: row.id }}>
                    {row.file}
                  </Link>
                </td>
                <td>{t(`importKind.${kindOf(row.kind)}`)}</td>
                <td>
                  <Group gap={6} wrap="nowrap">
                    {format.instant(row.at)}
                    {row.by && (
                      <Text span c="dimmed">
                        {row.by}
                      </Text>
                    )}
                  </Group>
                </td>
                <td className="num">{format.count(row.created)}</td>
                <td className="num">{format.count(row.updated)}</td>
                <td className="num">{format.count(row.rejected)}</td>
                <td>{t(`importState.${row.state}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** kindOf keeps to the kinds that have a name. */
export function kindOf(kind: string): 'customers' | 'invoices' | 'payments' | 'unknown' {
  return kind === 'customers' || kind === 'invoices' || kind === 'payments' ? kind : 'unknown';
}
