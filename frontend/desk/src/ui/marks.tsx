// Small marks that say how something stands: always a colour, a shape and a word.

import {
  IconAlertTriangle,
  IconBan,
  IconCircle,
  IconCircleCheck,
  IconCircleHalf2,
  IconClock,
  IconHelpCircle,
  IconReceiptRefund,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import classes from './ui.module.css';

export type Tone = 'overdue' | 'soon' | 'settled' | 'info' | 'muted' | 'plain';

export function State({ tone, icon, children }: { tone: Tone; icon: ReactNode; children: ReactNode }) {
  return (
    <span className={classes.state} data-tone={tone}>
      {icon}
      {children}
    </span>
  );
}

const icon = { size: 15, stroke: 1.8, 'aria-hidden': true } as const;

type InvoiceStatus = Schemas['InvoiceRow']['status'];

/** statusKey is the name of a status among the texts. */
export const statusKey = (status: InvoiceStatus) => (status === 'partly paid' ? 'part_paid' : status);

/** Documents that fall due within this many days are marked as due soon. */
export const SOON_DAYS = 7;

export function InvoiceState({ row }: { row: Pick<Schemas['InvoiceRow'], 'status' | 'days_late' | 'type'> }) {
  const { t } = useTranslation();
  const kind: Record<InvoiceStatus, { tone: Tone; icon: ReactNode }> = {
    overdue: { tone: 'overdue', icon: <IconAlertTriangle {...icon} /> },
    open: { tone: 'plain', icon: <IconCircle {...icon} /> },
    'partly paid': { tone: 'info', icon: <IconCircleHalf2 {...icon} /> },
    upcoming: { tone: 'muted', icon: <IconClock {...icon} /> },
    paid: { tone: 'settled', icon: <IconCircleCheck {...icon} /> },
    void: { tone: 'muted', icon: <IconBan {...icon} /> },
  };
  if (row.type === 'credit_note' && row.status !== 'paid' && row.status !== 'void') {
    return (
      <State tone="settled" icon={<IconReceiptRefund {...icon} />}>
        {t('status.creditLeft')}
      </State>
    );
  }
  if (row.status === 'open' && row.days_late <= 0 && row.days_late >= -SOON_DAYS) {
    return (
      <State tone="soon" icon={<IconClock {...icon} />}>
        {t('status.dueSoon')}
      </State>
    );
  }
  const { tone, icon: mark } = kind[row.status];
  return (
    <State tone={tone} icon={mark}>
      {row.status === 'paid' && row.type === 'credit_note'
        ? t('status.used')
        : t(`status.${statusKey(row.status)}`)}
    </State>
  );
}

export function PaymentState({ status }: { status: Schemas['PaymentRow']['status'] }) {
  const { t } = useTranslation();
  const kind: Record<typeof status, { tone: Tone; icon: ReactNode }> = {
    unidentified: { tone: 'overdue', icon: <IconHelpCircle {...icon} /> },
    unapplied: { tone: 'soon', icon: <IconCircle {...icon} /> },
    part_applied: { tone: 'info', icon: <IconCircleHalf2 {...icon} /> },
    applied: { tone: 'settled', icon: <IconCircleCheck {...icon} /> },
    returned: { tone: 'overdue', icon: <IconReceiptRefund {...icon} /> },
  };
  return (
    <State tone={kind[status].tone} icon={kind[status].icon}>
      {t(`paymentStatus.${status}`)}
    </State>
  );
}

/** Late says how many days late or to go, beside the date and never instead of it. */
export function useLate() {
  const { t } = useTranslation();
  return (days: number) => {
    if (days > 0) return t('late.late', { count: days });
    if (days === 0) return t('late.today');
    return t('late.togo', { count: -days });
  };
}

/** Stamp is the firm's pleasure: it lands when an invoice is settled. */
export function Stamp({ lands = false, size = 14 }: { lands?: boolean; size?: number }) {
  return (
    <span className={classes.stamp} data-lands={lands || undefined} style={{ fontSize: size }}>
      <span>Voldaan</span>
    </span>
  );
}

/** Figure is an amount with what it is, for headers. */
export function Figure({
  label,
  amount,
  currency,
  tone,
}: {
  label: string;
  amount: string;
  currency: string;
  tone?: Tone;
}) {
  const format = useFormat();
  return (
    <div className={classes.figure} data-tone={tone}>
      <span>{label}</span>
      <b className="num">{format.money(amount, currency)}</b>
    </div>
  );
}

export { classes as uiClasses };
