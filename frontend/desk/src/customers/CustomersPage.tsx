import { Button, Group, Title } from '@mantine/core';
import { IconFileImport, IconUserPlus } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type GridColumn, type LoadSorted } from '@/grid/DataGrid';
import { useKeys } from '@/keys/keys';
import { useMay } from '@/session/session';
import { FilterBar } from '@/ui/FilterBar';
import { ButtonLink } from '@/ui/links';
import page from '@/ui/page.module.css';
import { Empty } from '@/ui/states';
import { CustomerForm } from './CustomerForm';
import { rememberPage } from './sequence';

type Row = Schemas['CustomerRow'];
const route = getRouteApi('/customers');
const slices = ['all', 'open', 'overdue', 'credit'] as const;
type Slice = (typeof slices)[number];
type Sort = 'number' | 'name';

export default function CustomersPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const mayWrite = useMay('customers.write');
  const mayImport = useMay('imports.write');
  const q = search.q ?? '';
  const slice: Slice = slices.find((name) => name === search.show) ?? 'all';
  const adding = search.show === 'new' && mayWrite;

  const go = (next: { q?: string; show?: string }) =>
    void navigate({ to: '/customers', search: { ...search, ...next }, replace: true });
  useKeys(
    mayWrite
      ? [{ keys: 'n', label: t('commands.newCustomer'), group: 'page', run: () => go({ show: 'new' }) }]
      : [],
  );

  const load = useCallback<LoadSorted<Row>>(
    async (cursor, limit, signal, sort) => {
      const query = {
        q: q || undefined,
        filter: slice,
        sort: sort as Sort | undefined,
        limit,
        cursor: cursor || undefined,
      };
      const answer = await ok(api.GET('/api/v1/customers', { params: { query }, signal }));
      rememberPage(
        answer.items.map((row) => row.id),
        cursor === '',
      );
      return answer;
    },
    [q, slice],
  );

  const columns = useMemo<GridColumn<Row>[]>(
    () => [
      { id: 'number', title: t('fields.number'), width: 110, sort: 'number', text: (row) => row.number },
      {
        id: 'name',
        title: t('fields.name'),
        width: 240,
        grow: true,
        sort: 'name',
        phone: true,
        text: (row) => row.name,
      },
      { id: 'city', title: t('fields.city'), width: 140, sort: 'city', text: (row) => row.city },
      {
        id: 'late',
        title: t('fields.daysLate'),
        width: 130,
        align: 'right',
        sort: 'days_late',
        descFirst: true,
        text: (row) => (row.days_late > 0 ? t('late.days', { count: row.days_late }) : ''),
        tone: (row) => (row.days_late > 0 ? 'overdue' : undefined),
      },
      {
        id: 'oldest',
        title: t('fields.oldestDue'),
        width: 120,
        align: 'right',
        sort: 'oldest_due',
        hidden: true,
        text: (row) => format.short(row.oldest_due),
      },
      {
        id: 'count',
        title: t('fields.openCount'),
        width: 110,
        align: 'right',
        text: (row) => (row.open_count ? format.count(row.open_count) : '–'),
      },
      {
        id: 'currency',
        title: t('fields.currency'),
        width: 80,
        text: (row) => row.currency,
        tone: () => 'muted',
      },
      {
        id: 'overdue',
        title: t('balance.overdue'),
        width: 130,
        align: 'right',
        sort: 'overdue',
        descFirst: true,
        text: (row) => format.cell(row.overdue, row.currency),
        tone: (row) => (Number(row.overdue) > 0 ? 'overdue' : 'muted'),
      },
      {
        id: 'credit',
        title: t('balance.credit'),
        width: 120,
        align: 'right',
        sort: 'credit',
        descFirst: true,
        text: (row) => format.cell(row.credit, row.currency),
        tone: (row) => (Number(row.credit) > 0 ? 'settled' : 'muted'),
      },
      {
        id: 'open',
        title: t('balance.open'),
        width: 140,
        align: 'right',
        phone: true,
        sort: 'open',
        descFirst: true,
        text: (row) => format.cell(row.open, row.currency),
        phoneText: (row) => format.cellMoney(row.open, row.currency),
      },
    ],
    [t, format],
  );

  return (
    <div className={page.full}>
      <Group justify="space-between" className={page.head}>
        <Title order={1}>{t('nav.customers')}</Title>
        {mayWrite && (
          <Button
            leftSection={<IconUserPlus size={17} stroke={1.6} />}
            variant="default"
            onClick={() => go({ show: 'new' })}
          >
            {t('commands.newCustomer')}
          </Button>
        )}
      </Group>
      <DataGrid<Row>
        id="customers"
        label={t('nav.customers')}
        columns={columns}
        load={load}
        resetKey={`${q} ${slice}`}
        rowId={(row) => `${row.id} ${row.currency}`}
        onOpen={(row) => void navigate({ to: '/customers/$customer', params: { customer: row.id } })}
        totals={[
          { label: t('balance.open'), of: (row) => [{ amount: row.open, currency: row.currency }] },
          { label: t('balance.overdue'), of: (row) => [{ amount: row.overdue, currency: row.currency }] },
        ]}
        toolbar={
          <FilterBar
            q={q}
            onQ={(next) => go({ q: next || undefined })}
            show={slice}
            onShow={(next) => go({ show: next === 'all' ? undefined : next })}
            choices={slices.map((name) => ({ value: name, label: t(`customers.${name}`) }))}
            placeholder={t('customers.filter')}
          />
        }
        empty={
          q || slice !== 'all' ? (
            <Empty title={t('customers.noneFound')} text={t('customers.noneFoundText')} />
          ) : (
            <Empty title={t('customers.empty')} text={t('customers.emptyText')}>
              {mayImport && (
                <ButtonLink to="/imports" leftSection={<IconFileImport size={17} stroke={1.6} />}>
                  {t('commands.import')}
                </ButtonLink>
              )}
            </Empty>
          )
        }
      />
      {adding && (
        <CustomerForm
          onClose={() => go({ show: undefined })}
          onSaved={(customer) =>
            void navigate({ to: '/customers/$customer', params: { customer: customer.id } })
          }
        />
      )}
    </div>
  );
}
