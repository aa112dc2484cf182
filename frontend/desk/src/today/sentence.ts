// The journal speaks in kinds and facts; here they become sentences. A kind that is not known yet is still shown, under
// its own name: nothing that happened is hidden.

import type { TFunction } from 'i18next';
import type { Schemas } from '@/api/client';

type Event = Schemas['Event'];

interface Formats {
  money: (amount: string, currency: string) => string;
}

/** eventKinds are the kinds that have a sentence. */
export const eventKinds = [
  'firm.created',
  'firm.changed',
  'customer.created',
  'customer.changed',
  'contact.created',
  'contact.changed',
  'document.posted',
  'document.voided',
  'document.described',
  'document.written_off',
  'receipt.recorded',
  'receipt.assigned',
  'receipt.refunded',
  'receipt.charged_back',
  'receipt.return_undone',
  'allocation.made',
  'allocation.reversed',
  'attempt.created',
  'attempt.open',
  'attempt.pending',
  'attempt.updated',
  'attempt.paid',
  'attempt.failed',
  'attempt.canceled',
  'attempt.expired',
  'intent.created',
  'file.added',
  'file.hidden',
  'file.shown',
  'import.started',
  'import.staged',
  'import.applied',
  'import.undone',
  'import.taken_back',
  'import.abandoned',
  'payment.refused',
  'link.sign_in_created',
  'link.pay_created',
  'link.revoked',
  'portal.signed_in',
  'portal.staff_viewed',
  'link.staff_view_created',
  'contact.invited',
  'contact.rights_changed',
  'contact.closed',
  'contact.described',
  'mail.queued',
  'mail.sent',
  'mail.failed',
  'mail.expired',
  'mail.retried',
  'mail.canceled',
  'mail.settings_changed',
  'mail.notice_queued',
  'mail.notices_changed',
  'contact.mail_changed',
  'settings.payments',
  'import.profile_changed',
  'folder.rollback_accepted',
  'user.password_changed',
  'request.received',
  'request.processed',
  'request.accepted',
  'request.declined',
  'request.done',
  'request.reopened',
  'request.withdrawn',
  'request.assigned',
  'message.received',
  'message.sent',
  'message.noted',
  'message.read',
  'promise.recorded',
  'promise.kept',
  'promise.partly_kept',
  'promise.broken',
  'promise.canceled',
  'dispute.opened',
  'dispute.assigned',
  'dispute.escalated',
  'dispute.investigating',
  'dispute.waiting_customer',
  'dispute.resolved_valid',
  'dispute.resolved_invalid',
  'dispute.withdrawn',
  'plan.drafted',
  'plan.offered',
  'plan.active',
  'plan.completed',
  'plan.defaulted',
  'plan.canceled',
  'task.added',
  'task.changed',
  'task.done',
  'task.dropped',
  'task.reopened',
  'policy.changed',
  'file.received',
  'user.created',
  'user.changed',
  'token.created',
  'token.revoked',
] as const;

type EventKind = (typeof eventKinds)[number];

const known = (kind: string): kind is EventKind => (eventKinds as readonly string[]).includes(kind);

const documentTypes = ['invoice', 'credit_note', 'debit_note'] as const;
type DocumentType = (typeof documentTypes)[number];

/** factMoney reads the amount of an event; undefined when it has none. */
function factMoney(facts: Record<string, string>, format: Formats): string {
  const amount = facts.amount?.split(' ')[0];
  if (!amount || !facts.currency) return facts.amount ?? '';
  try {
    return format.money(amount, facts.currency);
  } catch {
    return facts.amount ?? '';
  }
}

/** sentence says what happened: "Bakkerij De Korenaar betaalde € 910,00". */
export function sentence(event: Event, t: TFunction, format: Formats): string {
  if (!known(event.kind)) return event.kind;
  const facts = event.facts ?? {};
  const type = documentTypes.find((name) => name === facts.type) as DocumentType | undefined;
  const byPortal = ['contact', 'pay_link', 'provider'].includes(event.actor.kind);
  const values = {
    ...facts,
    money: factMoney(facts, format),
    who: event.customer?.name || facts.name || event.actor.name || t('event.someone'),
    actor: event.actor.name || t('event.someone'),
    what: t(`hit.${type ?? 'invoice'}`),
    number: facts.number ?? event.invoices?.[0]?.number ?? '',
    name: facts.name ?? event.customer?.name ?? '',
    reason: facts.reason ?? '',
  };
  if (event.kind === 'receipt.recorded' && byPortal) return t('event.paidOnPortal', values);
  return t(`event.${event.kind.replace('.', '_') as Underscored<EventKind>}`, values);
}

type Underscored<K extends string> = K extends `${infer A}.${infer B}` ? `${A}_${B}` : K;
