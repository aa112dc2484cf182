import { Button, Group, Menu, Title } from '@mantine/core';
import { IconDownload, IconFileImport, IconPlus } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, download, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { DataGrid, type LoadSorted } from '@/grid/DataGrid';
import { useKeys } from '@/keys/keys';
import { useMay } from '@/session/session';
import { FilterBar } from '@/ui/FilterBar';
import { ButtonLink } from '@/ui/links';
import page from '@/ui/page.module.css';
import { Empty } from '@/ui/states';
import { toastError } from '@/ui/toast';
import { invoiceColumns, signed } from './columns';
import { InvoiceForm } from './InvoiceForm';

type Row = Schemas['InvoiceRow'];
const route = getRouteApi('/invoices');
const slices = ['open', 'overdue', 'due_soon', 'paid', 'all'] as const;
type Slice = (typeof slices)[number];

export default function InvoicesPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const mayWrite = useMay('invoices.write');
  const mayImport = useMay('imports.write');
  const mayExport = useMay('exports.read');
  const q = search.q ?? '';
  const slice: Slice = slices.find((name) => name === search.show) ?? 'open';
  const go = (next: { q?: string; show?: string }) =>
    void navigate({ to: '/invoices', search: { ...search, ...next }, replace: true });
  useKeys(
    mayWrite
      ? [{ keys: 'n', label: t('commands.newInvoice'), group: 'page', run: () => go({ show: 'new' }) }]
      : [],
  );

  const load = useCallback<LoadSorted<Row>>(
    (cursor, limit, signal, sort) =>
      ok(
        api.GET('/api/v1/invoices', {
          params: {
            query: {
              q: q || undefined,
              status: slice,
              sort: sort as '-due' | undefined,
              limit,
              cursor: cursor || undefined,
            },
          },
          signal,
        }),
      ),
    [q, slice],
  );
  const columns = useMemo(() => invoiceColumns(t, format, { customer: true, sorts: true }), [t, format]);

  return (
    <div className={page.full}>
      <Group justify="space-between" className={page.head}>
        <Title order={1}>{t('nav.invoices')}</Title>
        <Group gap="xs">
          {mayExport && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" leftSection={<IconDownload size={17} stroke={1.6} />}>
                  {t('actions.export')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {(['xlsx', 'csv', 'json'] as const).map((kind) => (
                  <Menu.Item
                    key={kind}
                    onClick={() =>
                      download(
                        `/api/v1/exports/invoices?format=${kind}`,
                        `${t('nav.invoices').toLowerCase()}-${format.today}.${kind}`,
                      ).catch(toastError)
                    }
                  >
                    {t(`exportAs.${kind}`)}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
          {mayWrite && (
            <Button
              variant="default"
              leftSection={<IconPlus size={17} stroke={1.6} />}
              onClick={() => go({ show: 'new' })}
            >
              {t('commands.newInvoice')}
            </Button>
          )}
        </Group>
      </Group>
      <DataGrid<Row>
        id="invoices"
        label={t('nav.invoices')}
        columns={columns}
        load={load}
        resetKey={`${q} ${slice}`}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/invoices/$invoice', params: { invoice: row.id } })}
        totals={[
          {
            label: t('fields.total'),
            of: (row) => [{ amount: signed(row, row.total), currency: row.currency }],
          },
          {
            label: t('balance.open'),
            of: (row) => [{ amount: signed(row, row.open), currency: row.currency }],
          },
        ]}
        toolbar={
          <FilterBar
            q={q}
            onQ={(next) => go({ q: next || undefined })}
            show={slice}
            onShow={(next) => go({ show: next })}
            choices={slices.map((name) => ({ value: name, label: t(`invoices.${name}`) }))}
            placeholder={t('invoices.filter')}
          />
        }
        empty={
          q || slice !== 'all' ? (
            <Empty
              title={slice === 'overdue' && !q ? t('invoices.noneOverdue') : t('invoices.noneFound')}
              text={slice === 'overdue' && !q ? t('invoices.noneOverdueText') : t('invoices.noneFoundText')}
            />
          ) : (
            <Empty title={t('invoices.empty')} text={t('invoices.emptyText')}>
              {mayImport && (
                <ButtonLink to="/imports" leftSection={<IconFileImport size={17} stroke={1.6} />}>
                  {t('commands.import')}
                </ButtonLink>
              )}
            </Empty>
          )
        }
      />
      {search.show === 'new' && mayWrite && (
        <InvoiceForm
          onClose={() => go({ show: undefined })}
          onSaved={(invoice) => void navigate({ to: '/invoices/$invoice', params: { invoice: invoice.id } })}
        />
      )}
    </div>
  );
}
