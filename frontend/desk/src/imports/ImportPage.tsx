// One file: what it is, how its columns were read, what it would do, and then apply it or take it back.

import { Alert, Button, Checkbox, Group, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, download, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { said } from '@/i18n';
import { useMay } from '@/session/session';
import { explain } from '@/ui/explain';
import { AnchorLink, ButtonLink } from '@/ui/links';
import { uiClasses } from '@/ui/marks';
import page from '@/ui/page.module.css';
import { Failed, Loading } from '@/ui/states';
import { toastDone, toastError, toastUndo } from '@/ui/toast';
import { Findings } from './Findings';
import { useFieldName } from './fields';
import classes from './Imports.module.css';
import { kindOf } from './ImportsPage';
import { Items } from './Items';
import { Mapping } from './Mapping';
import { missingFields, stageOf, usedSheet } from './state';

type Import = Schemas['Import'];
export type Outcome = 'new' | 'changed' | 'same' | 'rejected';
const route = getRouteApi('/imports/$import');

export default function ImportPage() {
  const { import: id } = route.useParams();
  const read = useQuery({
    queryKey: ['import', id],
    queryFn: () => ok(api.GET('/api/v1/imports/{import}', { params: { path: { import: id } } })),
  });
  if (read.isPending) return <Loading />;
  if (read.isError) return <Failed error={read.error} onRetry={() => void read.refetch()} />;
  return <ImportView read={read.data} />;
}

export function ImportView({ read }: { read: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  const fieldName = useFieldName();
  const may = useMay('imports.write');
  const stage = stageOf(read);
  const [outcome, setOutcome] = useState<Outcome>(
    read.rejected > 0 ? 'rejected' : read.created > 0 ? 'new' : read.updated > 0 ? 'changed' : 'same',
  );
  const staged = read.state === 'staged';
  const sheet = usedSheet(read);
  const tiles: [Outcome, number][] = [
    ['new', read.created],
    ['changed', read.updated],
    ['same', read.unchanged],
    ['rejected', read.rejected],
  ];
  return (
    <div className={page.scroll}>
      <div className={uiClasses.header}>
        <div className={uiClasses.headerText}>
          <AnchorLink to="/imports" size="xs">
            {t('import.title')}
          </AnchorLink>
          <Title order={1}>{read.file}</Title>
          <Text c="dimmed">
            {t(`importKind.${kindOf(read.kind)}`)} · {t('import.rows', { count: read.rows })}
            {sheet?.name && read.sheets.length > 1 && ` · ${t('import.sheet', { name: sheet.name })}`}
            {read.profile && ` · ${t('import.profile', { name: read.profile })}`}
          </Text>
        </div>
        <div className={uiClasses.figures}>
          {read.totals.map((total) => (
            <div key={total.currency} className={uiClasses.figure}>
              <span>{t('import.total')}</span>
              <b className="num">{format.money(total.amount, total.currency)}</b>
            </div>
          ))}
        </div>
      </div>

      {stage === 'refused' && (
        <Alert color="overdue" title={t('import.refusedTitle')} mb="md" role="alert">
          {said(read.codes.refusal, read.refusal)}
        </Alert>
      )}
      {stage === 'map' && (
        <Alert color="overdue" title={t('import.mapTitle')} mb="md" role="alert">
          {t('import.mapText', { fields: missingFields(read).map(fieldName).join(', ') })}{' '}
          {said(read.codes.refusal, read.refusal)}
        </Alert>
      )}
      {stage === 'nothing' && (
        <Alert color="ink" title={t('import.nothingTitle')} mb="md">
          {t('import.nothingText')}
        </Alert>
      )}
      {stage === 'applied' && (
        <Alert color="settled" title={t('import.appliedTitle')} mb="md" role="status">
          {t('import.appliedText', {
            created: format.count(read.created),
            updated: format.count(read.updated),
          })}
        </Alert>
      )}
      {stage === 'undone' && (
        <Alert color="ink" title={t('import.undoneTitle')} mb="md" role="status">
          {t('import.undoneText')}
        </Alert>
      )}
      {read.warnings.length > 0 && (
        <Alert color="yellow" title={t('import.warnings', { count: read.warnings.length })} mb="md">
          {[
            ...new Set(
              read.warnings.map((warning, index) => said(read.codes.warnings[index] ?? '', warning)),
            ),
          ]
            .slice(0, 8)
            .map((words) => (
              <Text key={words}>{words}</Text>
            ))}
        </Alert>
      )}

      {stage !== 'refused' && stage !== 'map' && (
        <div className={classes.tiles}>
          {tiles.map(([name, count]) => (
            <button
              key={name}
              type="button"
              disabled={!staged && !(name === 'rejected' && read.findings.length > 0)}
              className={classes.tile}
              data-tone={count > 0 ? name : undefined}
              aria-pressed={staged && outcome === name}
              onClick={() => setOutcome(name)}
            >
              <span>{t(`import.${name}`)}</span>
              <b className="num">{format.count(count)}</b>
              <Text span size="xs" c="dimmed">
                {t(`import.${name}Hint`)}
              </Text>
            </button>
          ))}
        </div>
      )}

      {may && <Actions read={read} stage={stage} />}

      {staged && sheet && (
        <Mapping
          key={`${read.id} ${read.kind} ${sheet.header_row}`}
          read={read}
          sheet={sheet}
          open={stage === 'map' || stage === 'refused' || stage === 'allRefused'}
        />
      )}
      {read.findings.length > 0 && outcome === 'rejected' && <Findings read={read} />}
      {staged &&
        stage !== 'refused' &&
        stage !== 'map' &&
        (outcome !== 'rejected' || read.findings.length === 0) && (
          <Items id={read.id} outcome={outcome} fields={sheet?.columns.map((column) => column.field) ?? []} />
        )}
    </div>
  );
}

function Actions({ read, stage }: { read: Import; stage: ReturnType<typeof stageOf> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [partial, setPartial] = useState(false);
  const params = { path: { import: read.id } };
  const keep = (saved: Import) => {
    client.setQueryData(['import', read.id], saved);
    void client.invalidateQueries();
  };
  const undo = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/imports/{import}/undo', { params })),
    onSuccess: (saved) => {
      keep(saved);
      toastDone(t('import.undoneTitle'));
    },
    onError: toastError,
  });
  const apply = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/imports/{import}/apply', { params, body: { partial } })),
    onSuccess: (saved) => {
      keep(saved);
      toastUndo(t('import.appliedToast', { count: saved.created + saved.updated }), () => undo.mutateAsync());
    },
  });
  const discard = useMutation({
    mutationFn: () => ok(api.DELETE('/api/v1/imports/{import}', { params })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['imports'] });
      void navigate({ to: '/imports' });
    },
    onError: toastError,
  });
  const good = read.created + read.updated;
  return (
    <>
      {apply.error && (
        <Alert color="overdue" role="alert" mb="sm">
          {explain(apply.error, t)} {t('errors.nothingLost')}
        </Alert>
      )}
      <Group gap="xs" mb="md">
        {(stage === 'ready' || stage === 'partly') && (
          <Button
            loading={apply.isPending}
            disabled={stage === 'partly' && !partial}
            onClick={() => apply.mutate()}
          >
            {t('import.apply', { count: good, n: format.count(good) })}
          </Button>
        )}
        {stage === 'partly' && (
          <Checkbox
            checked={partial}
            onChange={(event) => setPartial(event.currentTarget.checked)}
            label={t('import.partial', { count: read.rejected })}
          />
        )}
        {read.rejected > 0 && (
          <Button
            variant="default"
            leftSection={<IconDownload size={17} stroke={1.6} />}
            onClick={() =>
              download(
                `/api/v1/imports/${encodeURIComponent(read.id)}/errors.xlsx`,
                `${read.file.replace(/\.\w+$/, '')}-${t('import.errorsFile')}.xlsx`,
              ).catch(toastError)
            }
          >
            {t('import.errors')}
          </Button>
        )}
        {stage === 'applied' && (
          <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
            {t('import.undo')}
          </Button>
        )}
        {read.state === 'staged' && (
          <Button variant="subtle" color="ink" loading={discard.isPending} onClick={() => discard.mutate()}>
            {t('import.discard')}
          </Button>
        )}
        {stage === 'applied' && (
          <ButtonLink
            to={
              read.kind === 'customers' ? '/customers' : read.kind === 'payments' ? '/payments' : '/invoices'
            }
            variant="subtle"
          >
            {t('import.look')}
          </ButtonLink>
        )}
      </Group>
    </>
  );
}
