// Insight: the money that will probably come in, week by week, and when each open invoice will be paid.

import { Button, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type GridColumn, type LoadSorted } from '@/grid/DataGrid';
import page from '@/ui/page.module.css';
import { Empty, Failed, Loading } from '@/ui/states';
import { Weeks } from './Weeks';

type Row = Schemas['ForecastInvoice'];
const route = getRouteApi('/insight');

export default function InsightPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const { week } = route.useSearch();
  const weeks = useQuery({
    queryKey: ['forecast'],
    queryFn: () => ok(api.GET('/api/v1/reports/forecast', { params: { query: { limit: 1 } } })),
  });
  const load = useCallback<LoadSorted<Row>>(
    async (cursor, limit, signal) => {
      const got = await ok(
        api.GET('/api/v1/reports/forecast', {
          params: { query: { limit, cursor: cursor || undefined, week } },
          signal,
        }),
      );
      return { items: got.invoices, next_cursor: got.next_cursor, total: got.total };
    },
    [week],
  );
  const columns = useMemo<GridColumn<Row>[]>(
    () => [
      {
        id: 'projected',
        title: t('insight.projected'),
        width: 110,
        align: 'right',
        phone: true,
        text: (row) => format.short(row.projected),
      },
      {
        id: 'range',
        title: t('insight.range'),
        width: 150,
        align: 'right',
        tone: () => 'muted',
        text: (row) => (row.earliest ? `${format.short(row.earliest)} – ${format.short(row.latest)}` : ''),
      },
      { id: 'number', title: t('fields.number'), width: 120, text: (row) => row.number },
      {
        id: 'customer',
        title: t('fields.customer'),
        width: 220,
        grow: true,
        phone: true,
        text: (row) => row.customer_name,
      },
      {
        id: 'due',
        title: t('fields.due'),
        width: 112,
        align: 'right',
        text: (row) => format.short(row.due),
      },
      {
        id: 'basis',
        title: t('insight.basis'),
        width: 264,
        text: (row) => t(`insight.by.${row.basis}`, { count: row.paid_invoices }),
      },
      {
        id: 'open',
        title: t('balance.open'),
        width: 120,
        align: 'right',
        phone: true,
        text: (row) => format.money(row.open, row.currency),
      },
    ],
    [t, format],
  );

  if (weeks.isPending) return <Loading />;
  if (weeks.isError) return <Failed error={weeks.error} onRetry={() => void weeks.refetch()} />;
  if (weeks.data.weeks.length === 0)
    return (
      <div className={page.full}>
        <Title order={1}>{t('nav.insight')}</Title>
        <Empty title={t('insight.empty')} text={t('insight.emptyText')} />
      </div>
    );
  return (
    <div className={page.full}>
      <div className={page.head}>
        <Title order={1}>{t('nav.insight')}</Title>
        <Text c="dimmed">{t('insight.lead')}</Text>
      </div>
      <Weeks
        weeks={weeks.data.weeks}
        chosen={week}
        onChoose={(next) =>
          void navigate({ to: '/insight', search: { week: next === week ? undefined : next }, replace: true })
        }
      />
      <DataGrid<Row>
        id="forecast"
        label={t('insight.invoices')}
        columns={columns}
        load={load}
        resetKey={week ?? ''}
        rowId={(row) => row.id}
        selectable={false}
        toolbar={
          <>
            <Text fw={600}>
              {week ? t('insight.inWeek', { date: format.short(week) }) : t('insight.allOpen')}
            </Text>
            {week && (
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => void navigate({ to: '/insight', search: {}, replace: true })}
              >
                {t('insight.showAll')}
              </Button>
            )}
          </>
        }
        onOpen={(row) => void navigate({ to: '/invoices/$invoice', params: { invoice: row.id } })}
        empty={<Empty title={t('insight.noneThen')} text={t('insight.noneThenText')} />}
      />
    </div>
  );
}
