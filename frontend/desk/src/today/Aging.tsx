import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { toMinor } from '@/format/money';
import { useFormat } from '@/format/useFormat';
import classes from './Today.module.css';

type HomeCurrency = Schemas['HomeCurrency'];

/** Aging is how old the open amounts are: one bar, and the same figures as a table for who does not see it. */
export function Aging({
  currency,
  buckets,
  bounds,
}: Pick<HomeCurrency, 'currency' | 'buckets'> & { bounds: number[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sizes = buckets.map((bucket) => Math.max(0, toMinor(bucket.amount, currency)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // Bucket i ends at bound i, inclusive; the first is what is not due and the last has no end.
  const name = (index: number) => {
    const to = bounds[index];
    if (index === 0) return t('aging.notDue');
    const after = bounds[index - 1] ?? 0;
    return to === undefined ? t('aging.over', { days: after }) : t('aging.between', { from: after + 1, to });
  };
  return (
    <div>
      <div className={classes.bar} aria-hidden>
        {buckets.map((bucket, index) =>
          total > 0 && (sizes[index] ?? 0) > 0 ? (
            <span
              key={bucket.label}
              data-age={Math.min(index, 4)}
              style={{ flexGrow: Math.max(0.012, (sizes[index] ?? 0) / total) }}
            />
          ) : null,
        )}
      </div>
      <table className={classes.ages}>
        <caption className="visually-hidden">{t('aging.title')}</caption>
        <thead>
          <tr>
            {buckets.map((bucket, index) => (
              <th key={bucket.label} scope="col">
                <i data-age={Math.min(index, 4)} aria-hidden />
                {name(index)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {buckets.map((bucket) => (
              <td key={bucket.label} className="num">
                {format.cell(bucket.amount, currency)}
                <small>{bucket.count > 0 ? t('aging.count', { count: bucket.count }) : '\u00a0'}</small>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
