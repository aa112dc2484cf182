import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import type { Texts } from '@/i18n/nl';
import { inWindow, openFolder } from '@/native/native';
import { explain } from '@/ui/explain';
import { State, uiClasses } from '@/ui/marks';
import classes from './Settings.module.css';

const size = (bytes: number, locale: string) =>
  new Intl.NumberFormat(locale, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(
    bytes / 1_000_000,
  );

export function BackupSection() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [folder, setFolder] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const backups = useQuery({ queryKey: ['backups'], queryFn: () => ok(api.GET('/api/v1/backups')) });
  const system = useQuery({ queryKey: ['system'], queryFn: () => ok(api.GET('/api/v1/system')) });
  const make = useMutation({
    mutationFn: () =>
      ok(api.POST('/api/v1/backups', { body: { folder: folder.trim() || undefined, passphrase } })),
    onSuccess: () => {
      setPassphrase('');
      void client.invalidateQueries({ queryKey: ['backups'] });
      void client.invalidateQueries({ queryKey: ['system'] });
    },
  });
  return (
    <>
      <p className={classes.lead}>{t('backup.lead')}</p>
      <Stack gap="md">
        {system.data?.key_warning && (
          <Alert color="yellow" title={t('backup.keyTitle')}>
            {system.data.key_warning}
          </Alert>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Group align="flex-end" gap="sm">
            <PasswordInput
              label={t('backup.passphrase')}
              description={t('backup.passphraseHint')}
              autoComplete="new-password"
              value={passphrase}
              onChange={(event) => setPassphrase(event.currentTarget.value)}
              w={280}
            />
            <TextInput
              label={t('backup.folder')}
              description={t('backup.folderHint')}
              value={folder}
              onChange={(event) => setFolder(event.currentTarget.value)}
              w={280}
            />
            <Button type="submit" disabled={passphrase.length < 10} loading={make.isPending}>
              {t('backup.make')}
            </Button>
          </Group>
        </form>
        {make.data && (
          <Alert color={make.data.verified ? 'settled' : 'yellow'} role="status">
            {t('backup.made', { name: make.data.name, size: size(make.data.bytes, format.locale) })}{' '}
            {make.data.verified ? t('backup.verified') : t('backup.unverified')}
          </Alert>
        )}
        {make.error && (
          <Alert color="overdue" role="alert">
            {explain(make.error, t)}
          </Alert>
        )}
        {backups.data && backups.data.items.length > 0 && (
          <div className={uiClasses.tableFrame}>
            <table className={uiClasses.table}>
              <thead>
                <tr>
                  <th scope="col">{t('fields.date')}</th>
                  <th scope="col">{t('import.file')}</th>
                  <th scope="col" className="num">
                    {t('backup.size')}
                  </th>
                  <th scope="col">{t('backup.proof')}</th>
                </tr>
              </thead>
              <tbody>
                {backups.data.items.map((backup) => (
                  <tr key={backup.name}>
                    <td>{format.instant(backup.at)}</td>
                    <td>{backup.name}</td>
                    <td className="num">{size(backup.bytes, format.locale)}</td>
                    <td>
                      {backup.verified ? (
                        <State tone="settled" icon={<IconCircleCheck size={15} stroke={1.8} aria-hidden />}>
                          {t('backup.proved')}
                        </State>
                      ) : (
                        t('backup.notProved')
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {system.data && (
          <Group gap="xs">
            <Text c="dimmed">{t('backup.dataFolder', { folder: system.data.data_folder })}</Text>
            {inWindow() && (
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => void openFolder(system.data.data_folder)}
              >
                {t('backup.openFolder')}
              </Button>
            )}
          </Group>
        )}
      </Stack>
      <Verify />
    </>
  );
}

type CheckName = keyof Texts['check'];

function Verify() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const checkName = (name: string) => (i18n.exists(`check.${name}`) ? t(`check.${name as CheckName}`) : name);
  const verify = useMutation({
    mutationFn: (deep: boolean) => ok(api.POST('/api/v1/verify', { body: { deep } })),
  });
  return (
    <div className={classes.group} style={{ marginTop: 20 }}>
      <Title order={3}>{t('verify.title')}</Title>
      <Text c="dimmed" mb="xs">
        {t('verify.lead')}
      </Text>
      <Group gap="xs">
        <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate(false)}>
          {t('verify.run')}
        </Button>
        <Button variant="subtle" disabled={verify.isPending} onClick={() => verify.mutate(true)}>
          {t('verify.deep')}
        </Button>
      </Group>
      {verify.error && (
        <Alert color="overdue" mt="sm" role="alert">
          {explain(verify.error, t)}
        </Alert>
      )}
      {verify.data && (
        <Alert
          color={verify.data.ok ? 'settled' : 'overdue'}
          mt="sm"
          role="status"
          title={verify.data.ok ? t('verify.ok') : t('verify.bad')}
        >
          <table className={uiClasses.table}>
            <tbody>
              {verify.data.checks.map((check) => (
                <tr key={check.name}>
                  <td>
                    {check.ok ? (
                      <IconCircleCheck size={15} stroke={1.8} aria-label={t('verify.good')} />
                    ) : (
                      <IconAlertTriangle size={15} stroke={1.8} aria-label={t('verify.wrong')} />
                    )}{' '}
                    {checkName(check.name)}
                  </td>
                  <td className="num">{format.count(check.count)}</td>
                  <td>{check.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Alert>
      )}
    </div>
  );
}
