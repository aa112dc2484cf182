import type { TFunction } from 'i18next';
import type { Schemas } from '@/api/client';
import type { Texts } from '@/i18n/nl';

type Reason = Schemas['Reason'];

/** stepName is what people call a rung: the built-in ones have names, a firm's own are shown as they are. */
export const stepName = (t: TFunction, step: string) =>
  t(`reminders.step.${step as keyof Texts['reminders']['step']}`, { defaultValue: step });

/** strategyName is the firm's own name of a ladder, or the built-in one's. */
export const strategyName = (t: TFunction, s: { id: string; name?: string }) =>
  s.name || t(`reminders.strategy.${s.id as keyof Texts['reminders']['strategy']}`, { defaultValue: s.id });

/** reasonText is why somebody is left out, with the day until which it holds and what a person wrote. */
export function reasonText(t: TFunction, short: (date: string) => string, reason: Reason): string {
  const text = t(`reminders.reason.${reason.code as keyof Texts['reminders']['reason']}`, {
    defaultValue: reason.code,
  });
  const until = reason.until ? ` ${t('reminders.until', { date: short(reason.until) })}` : '';
  return text + until + (reason.note ? ` (${reason.note})` : '');
}
