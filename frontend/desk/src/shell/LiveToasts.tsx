import { useTranslation } from 'react-i18next';
import { useFormat } from '@/format/useFormat';
import { useLiveEntry } from '@/live/LiveProvider';
import { sentence } from '@/today/sentence';
import { toastDone } from '@/ui/toast';

/** LiveToasts tells of money that arrives while the desk is open. */
export function LiveToasts() {
  const { t } = useTranslation();
  const format = useFormat();
  useLiveEntry((entry) => {
    const paid = entry.kind.startsWith('receipt.') || entry.kind === 'attempt.paid';
    if (!paid || !['provider', 'contact', 'pay_link'].includes(entry.actor.kind)) return;
    // The window shows a notification of the desktop itself, also while this page sleeps.
    toastDone(sentence(entry, t, format));
  });
  return null;
}
