import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { toMinor } from '@/format/money';
import { useFormat } from '@/format/useFormat';
import classes from './Insight.module.css';

type Week = Schemas['ForecastWeek'];

const SHOWN = 10;

/** Weeks is the money of each week: a button with a bar, the amount written out; one table per currency. */
export function Weeks({
  weeks,
  chosen,
  onChoose,
}: {
  weeks: Week[];
  chosen?: string;
  onChoose: (week: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const currencies = [...new Set(weeks.map((week) => week.currency))];
  return (
    <div className={classes.currencies}>
      {currencies.map((currency) => {
        const list = weeks.filter((week) => week.currency === currency).slice(0, SHOWN);
        const most = Math.max(...list.map((week) => toMinor(week.expected, currency)));
        return (
          <section key={currency} aria-label={t('insight.weeks', { currency })}>
            <ol className={classes.weeks}>
              {list.map((week) => (
                <li key={week.week}>
                  <button
                    type="button"
                    aria-pressed={chosen === week.week}
                    onClick={() => onChoose(week.week)}
                    className={classes.week}
                  >
                    <span className={classes.amount}>{format.money(week.expected, currency)}</span>
                    <span className={classes.bar} aria-hidden>
                      <span
                        style={{ height: `${Math.max(2, (100 * toMinor(week.expected, currency)) / most)}%` }}
                      />
                    </span>
                    <small>{t('insight.weekOf')}</small>
                    <span className={classes.date}>{format.short(week.week)}</span>
                    <small>{t('insight.count', { count: week.invoices })}</small>
                  </button>
                </li>
              ))}
            </ol>
          </section>
        );
      })}
    </div>
  );
}
