import {
  Alert,
  Button,
  Collapse,
  Group,
  NumberInput,
  Select,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { IconCheck, IconChevronDown, IconHelp } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { explain } from '@/ui/explain';
import { uiClasses } from '@/ui/marks';
import { useFieldName } from './fields';
import classes from './Imports.module.css';
import { sureness } from './state';

type MappingInput = Schemas['MappingInput'];

interface MappingProps {
  read: Schemas['Import'];
  sheet: Schemas['ImportSheet'];
  open: boolean;
}

const kinds = ['invoices', 'customers', 'payments'] as const;
type Kind = (typeof kinds)[number];

/** Mapping shows how every column was read, beside the first rows, and lets it be corrected. */
export function Mapping({ read, sheet, open }: MappingProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const fieldName = useFieldName();
  const [shown, setShown] = useState(open);
  const [chosen, setChosen] = useState(new Map(sheet.columns.map((column) => [column.index, column.field])));
  const [kind, setKind] = useState<Kind>(kinds.find((name) => name === sheet.kind) ?? 'invoices');
  const [header, setHeader] = useState<number | string>(sheet.header_row);
  const [dates, setDates] = useState(sheet.date_order);
  const [decimal, setDecimal] = useState(sheet.decimal);
  const [currency, setCurrency] = useState(sheet.currency);
  const [name, setName] = useState('');
  const again = useMutation({
    mutationFn: (saveAs: string) => {
      const body: MappingInput = {
        kind,
        sheet: sheet.name,
        header_row: Number(header) || undefined,
        columns:
          sheet.columns.length > 0 && Number(header) === sheet.header_row
            ? [...chosen].map(([index, field]) => ({ index, field }))
            : undefined,
        date_order: (dates || undefined) as MappingInput['date_order'],
        decimal: (decimal || undefined) as MappingInput['decimal'],
        currency: currency || undefined,
        save_as: saveAs || undefined,
      };
      return ok(api.PUT('/api/v1/imports/{import}/mapping', { params: { path: { import: read.id } }, body }));
    },
    onSuccess: (saved) => {
      client.setQueryData(['import', read.id], saved);
      void client.invalidateQueries({ queryKey: ['import', read.id] });
    },
  });
  const options = [
    { value: '', label: t('import.notUsed') },
    ...read.fields
      .filter((field) => field.kind === kind && field.name !== 'ignore')
      .map((field) => ({ value: field.name, label: fieldName(field.name) })),
  ];
  // Where no titles were found the raw rows are shown all the same, to see in which row the titles are.
  const columns = sheet.columns.length > 0 ? sheet.columns : rawColumns(sheet.first_rows);
  const used = sheet.columns.filter((column) => column.field).length;
  return (
    <section className={`${uiClasses.card} ${classes.section}`} aria-labelledby="mapping">
      <UnstyledButton
        className={uiClasses.cardHead}
        w="100%"
        onClick={() => setShown((now) => !now)}
        aria-expanded={shown}
      >
        <span>
          <Title order={2} id="mapping">
            {t('import.mapping')}
          </Title>
          <Text size="xs" c="dimmed">
            {t('import.mappingSummary', { used, of: sheet.columns.length, row: sheet.header_row })}
          </Text>
        </span>
        <IconChevronDown
          size={18}
          stroke={1.6}
          aria-hidden
          style={{ transform: shown ? 'rotate(180deg)' : undefined }}
        />
      </UnstyledButton>
      <Collapse expanded={shown} transitionDuration={100}>
        <Group gap="sm" p="sm" align="flex-end">
          <Select
            size="xs"
            label={t('import.kind')}
            w={150}
            value={kind}
            onChange={(value) => setKind((value as Kind) ?? kind)}
            data={kinds.map((value) => ({ value, label: t(`importKind.${value}`) }))}
          />
          <NumberInput
            size="xs"
            label={t('import.headerRow')}
            w={110}
            min={1}
            value={header}
            onChange={setHeader}
          />
          <Select
            size="xs"
            label={t('import.dateOrder')}
            w={170}
            value={dates}
            onChange={(value) => setDates(value ?? '')}
            data={(['dmy', 'mdy', 'ymd'] as const).map((value) => ({
              value,
              label: t(`dateOrder.${value}`),
            }))}
          />
          <Select
            size="xs"
            label={t('import.decimal')}
            w={150}
            value={decimal}
            onChange={(value) => setDecimal(value ?? '')}
            data={(['comma', 'dot'] as const).map((value) => ({ value, label: t(`decimal.${value}`) }))}
          />
          <TextInput
            size="xs"
            label={t('fields.currency')}
            w={90}
            maxLength={3}
            value={currency}
            onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
          />
        </Group>
        <div className={classes.scroll}>
          <table className={classes.map}>
            <thead>
              <tr>
                <th className={classes.row} scope="col">
                  {t('import.row')}
                </th>
                {columns.map((column) => {
                  const sure = sureness(column.confidence);
                  return (
                    <th key={column.index} scope="col">
                      <Text span fw={600} title={column.header}>
                        {column.header || t('import.noHeader', { n: column.index + 1 })}
                      </Text>
                      <Select
                        size="xs"
                        mt={4}
                        searchable
                        aria-label={t('import.columnIs', {
                          column: column.header || String(column.index + 1),
                        })}
                        data={options}
                        value={chosen.get(column.index) === 'ignore' ? '' : (chosen.get(column.index) ?? '')}
                        onChange={(value) => setChosen(new Map(chosen).set(column.index, value ?? ''))}
                      />
                      {column.field &&
                        column.field !== 'ignore' &&
                        chosen.get(column.index) === column.field && (
                          <span className={classes.sure} data-sure={sure} title={column.reason}>
                            {sure === 'unsure' ? (
                              <IconHelp size={13} aria-hidden />
                            ) : (
                              <IconCheck size={13} aria-hidden />
                            )}
                            {t(`sure.${sure}`)}
                          </span>
                        )}
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {sheet.first_rows.slice(0, 6).map((cells, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: raw rows have no other name than their place
                <tr key={index}>
                  <td className={`${classes.row} num`}>{sheet.header_row + 1 + index}</td>
                  {columns.map((column) => (
                    <td key={column.index} title={cells?.[column.index]}>
                      {cells?.[column.index]}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {sheet.skipped.length > 0 && (
          <Text size="xs" c="dimmed" p="sm">
            {t('import.skipped', { count: sheet.skipped.length })} {sheet.skipped.slice(0, 3).join(' · ')}
          </Text>
        )}
        {again.error && (
          <Alert color="overdue" m="sm" role="alert">
            {explain(again.error, t)}
          </Alert>
        )}
        <Group p="sm" gap="xs" align="flex-end">
          <Button variant="default" loading={again.isPending} onClick={() => again.mutate('')}>
            {t('import.readAgain')}
          </Button>
          <TextInput
            size="sm"
            placeholder={t('import.profileName')}
            aria-label={t('import.profileName')}
            value={name}
            maxLength={60}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button
            variant="subtle"
            disabled={!name.trim() || again.isPending}
            onClick={() => again.mutate(name.trim())}
          >
            {t('import.saveProfile')}
          </Button>
        </Group>
      </Collapse>
    </section>
  );
}

function rawColumns(rows: Schemas['ImportSheet']['first_rows']): Schemas['ImportColumn'][] {
  const width = Math.max(0, ...rows.map((cells) => cells?.length ?? 0));
  return Array.from({ length: Math.min(width, 40) }, (_, index) => ({
    index,
    header: '',
    field: '',
    confidence: 0,
    reason: '',
    samples: [],
  }));
}
