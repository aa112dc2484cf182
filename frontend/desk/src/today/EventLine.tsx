import { Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCash,
  IconCircleCheck,
  IconDoorEnter,
  IconFileImport,
  IconFileInvoice,
  IconMail,
  IconPencil,
  IconUser,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { parseCivil } from '@/format/dates';
import { useFormat } from '@/format/useFormat';
import { sentence } from './sentence';
import classes from './Today.module.css';

const icons: [RegExp, typeof IconCash, string][] = [
  [/^attempt\.(failed|canceled|expired)|charged_back|refunded/, IconAlertTriangle, 'overdue'],
  [/^attempt\.paid|^receipt\./, IconCash, 'settled'],
  [/^allocation\.made/, IconCircleCheck, 'settled'],
  [/reversed|undone|taken_back|voided|abandoned/, IconArrowBackUp, 'muted'],
  [/^import\./, IconFileImport, 'info'],
  [/^document\./, IconFileInvoice, 'plain'],
  [/^mail\.(failed|expired)|^payment\.refused/, IconAlertTriangle, 'overdue'],
  [/^mail\.|^link\./, IconMail, 'plain'],
  [/^portal\./, IconDoorEnter, 'info'],
  [/^(customer|contact|user)\./, IconUser, 'plain'],
];

/** EventLine is one thing that happened, with when and by whom. */
export function EventLine({
  event,
  withCustomer = true,
}: {
  event: Schemas['Event'];
  withCustomer?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [, Icon, tone] = icons.find(([pattern]) => pattern.test(event.kind)) ?? [null, IconPencil, 'plain'];
  const text = sentence(event, t, format);
  const sameDay = event.at.slice(0, 10) === format.today && parseCivil(format.today) !== undefined;
  return (
    <div className={classes.event}>
      <Icon size={17} stroke={1.6} aria-hidden className={classes.eventIcon} data-tone={tone} />
      <div className={classes.eventText}>
        <Text>
          {withCustomer && event.customer ? (
            <Link
              to="/customers/$customer"
              params={{ customer: event.customer.id }}
              className={classes.plainLink}
            >
              {text}
            </Link>
          ) : (
            text
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {sameDay
            ? new Intl.DateTimeFormat(format.locale, { hour: '2-digit', minute: '2-digit' }).format(
                new Date(event.at),
              )
            : format.instant(event.at)}
          {' · '}
          {event.actor.kind === 'user' && event.actor.name
            ? event.actor.name
            : t(`actor.${event.actor.kind}`)}
        </Text>
      </div>
    </div>
  );
}
