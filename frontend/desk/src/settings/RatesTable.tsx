import { Alert, Button, Group, Select, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DateField } from '@/ui/DateField';
import { uiClasses } from '@/ui/marks';
import { toastDone, toastError } from '@/ui/toast';
import classes from './Settings.module.css';

type Series = Schemas['Rate']['series'];
const SERIES: Series[] = ['ecb', 'nl.decree', 'de.base', 'fr.legal'];
const KEY = ['reminders', 'rates'];
const textKey = (series: Series) => series.replace('.', '_') as 'ecb' | 'nl_decree' | 'de_base' | 'fr_legal';

/** RatesTable shows the interest rates with their sources; a firm adds rows of its own when new ones are published. */
export function RatesTable() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const rates = useQuery({ queryKey: KEY, queryFn: () => ok(api.GET('/api/v1/settings/rates')) });
  const [series, setSeries] = useState<Series>('ecb');
  const [from, setFrom] = useState('');
  const [rate, setRate] = useState('');
  const [source, setSource] = useState('');
  const done = (data: Schemas['Rates']) => {
    client.setQueryData(KEY, data);
    void client.invalidateQueries({ queryKey: ['reminders', 'today'] });
    toastDone(t('settings.saved'));
  };
  const put = useMutation({
    mutationFn: () =>
      ok(api.PUT('/api/v1/settings/rates', { body: { series, from, rate: rate.replace(',', '.'), source } })),
    onSuccess: (data) => {
      done(data);
      setRate('');
    },
    onError: toastError,
  });
  const drop = useMutation({
    mutationFn: (row: Schemas['Rate']) =>
      ok(
        api.DELETE('/api/v1/settings/rates/{series}/{from}', {
          params: { path: { series: row.series, from: row.from } },
        }),
      ),
    onSuccess: done,
    onError: toastError,
  });
  if (!rates.data) return null;
  const rows = rates.data.items.filter((row) => row.series === series).reverse();
  return (
    <div className={classes.group} style={{ marginTop: 20 }}>
      <Group justify="space-between" mb="xs">
        <Title order={3}>{t('reminders.rates')}</Title>
        <Select
          aria-label={t('reminders.rates')}
          size="xs"
          w={280}
          allowDeselect={false}
          value={series}
          onChange={(value) => value && setSeries(value as Series)}
          data={SERIES.map((value) => ({ value, label: t(`reminders.series_.${textKey(value)}`) }))}
        />
      </Group>
      {rates.data.stale.length > 0 && (
        <Alert color="yellow" mb="sm" title={t('reminders.staleTitle')}>
          {t('reminders.staleText')}
        </Alert>
      )}
      <div className={uiClasses.tableFrame} style={{ maxHeight: 260, overflowY: 'auto' }}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th scope="col">{t('reminders.from')}</th>
              <th scope="col" className="num">
                {t('reminders.rate')}
              </th>
              <th scope="col">{t('reminders.source')}</th>
              <th scope="col">{t('reminders.verified')}</th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.from}>
                <td>{format.full(row.from)}</td>
                <td className="num">{format.plain(row.rate)} %</td>
                <td>
                  {row.source}
                  {row.own && (
                    <Text size="xs" c="dimmed">
                      {t('reminders.own')}
                    </Text>
                  )}
                </td>
                <td>{format.short(row.verified)}</td>
                <td>
                  {row.own && (
                    <Button size="compact-xs" variant="subtle" onClick={() => drop.mutate(row)}>
                      {t('reminders.dropRate')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          put.mutate();
        }}
      >
        <Group mt="sm" className={classes.fields}>
          <DateField label={t('reminders.from')} value={from} onChange={setFrom} required w={150} />
          <TextInput
            label={t('reminders.rate')}
            required
            w={90}
            value={rate}
            onChange={(event) => setRate(event.currentTarget.value)}
          />
          <TextInput
            label={t('reminders.source')}
            required
            maxLength={300}
            style={{ flex: 1 }}
            value={source}
            onChange={(event) => setSource(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            loading={put.isPending}
            disabled={!from || !rate || !source}
          >
            {t('reminders.addRate')}
          </Button>
        </Group>
      </form>
    </div>
  );
}
