import { Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatMoney, sumByCurrency } from '@/format/money';
import { useLocale } from '@/format/useFormat';
import classes from './DataGrid.module.css';

/** One amount per row that is added up under the grid. */
export interface TotalOf<T> {
  label: string;
  of: (row: T) => { amount: string; currency: string }[];
}

interface SelectionBarProps<T> {
  rows: T[];
  totals: TotalOf<T>[];
  actions?: ReactNode;
  onClear: () => void;
}

/** SelectionBar says how many rows are selected and what they add up to, per currency. */
export function SelectionBar<T>({ rows, totals, actions, onClear }: SelectionBarProps<T>) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <div className={classes.selection} role="status">
      <Text fw={600}>{t('grid.selected', { count: rows.length })}</Text>
      {totals.map((total) => (
        <span key={total.label} className={classes.sum}>
          <Text span c="dimmed" size="xs">
            {total.label}
          </Text>
          {[...sumByCurrency(rows.flatMap((row) => total.of(row)))].map(([currency, amount]) => (
            <Text key={currency} span className="num" fw={600}>
              {formatMoney(amount, currency, locale)}
            </Text>
          ))}
        </span>
      ))}
      <span className={classes.sum}>{actions}</span>
      <Button variant="subtle" size="compact-sm" onClick={onClear}>
        {t('grid.clear')}
      </Button>
    </div>
  );
}
