import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { IconPencil, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { CustomerReminders } from '@/reminders/CustomerReminders';
import { useMay, useSession } from '@/session/session';
import { uiClasses } from '@/ui/marks';
import { ContactForm } from './ContactForm';
import classes from './CustomerPage.module.css';
import { Links } from './Links';

/** Panel is what one wants to know while calling: contacts, details, terms, the note. */
export function Panel({ customer, onEdit }: { customer: Schemas['Customer']; onEdit: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { firm } = useSession();
  const mayWrite = useMay('customers.write');
  const [editing, setEditing] = useState<Schemas['Contact'] | 'new'>();
  const address = [
    customer.address.street,
    [customer.address.postal_code, customer.address.city].filter(Boolean).join(' '),
  ].filter(Boolean);
  const facts: [string, string][] = [
    [t('fields.address'), address.join(', ')],
    [t('fields.email'), customer.email],
    [t('fields.phone'), customer.phone],
    [t('fields.party'), t(`party.${customer.party}`)],
    [t('fields.vat'), customer.vat_id],
    [t('fields.chamber'), customer.chamber_no],
    [t('fields.iban'), customer.iban],
    [t('fields.term'), t('customers.days', { count: customer.term_days || 30 })],
    [t('fields.limit'), customer.credit_limit ? format.money(customer.credit_limit, firm.currency) : ''],
  ];
  return (
    <>
      <section aria-labelledby="contacts">
        <Group justify="space-between" mb={4}>
          <Title order={2} id="contacts">
            {t('contacts.title')}
          </Title>
          {mayWrite && (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconUserPlus size={15} stroke={1.6} />}
              onClick={() => setEditing('new')}
            >
              {t('contacts.add')}
            </Button>
          )}
        </Group>
        {customer.contacts.length === 0 && <Text c="dimmed">{t('contacts.none')}</Text>}
        {customer.contacts.map((contact) => (
          <div key={contact.id} className={classes.contact}>
            <Group justify="space-between" wrap="nowrap">
              <Text fw={560} truncate>
                {contact.name || contact.email}
              </Text>
              {mayWrite && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  onClick={() => setEditing(contact)}
                  aria-label={t('contacts.edit', { name: contact.name || contact.email })}
                >
                  {t('actions.change')}
                </Button>
              )}
            </Group>
            <Anchor href={`mailto:${contact.email}`} size="sm">
              {contact.email}
            </Anchor>
            {contact.phone && (
              <Text>
                <Anchor href={`tel:${contact.phone.replace(/\s/g, '')}`}>{contact.phone}</Anchor>
              </Text>
            )}
            <Text size="xs" c="dimmed">
              {t(`rights.${contact.rights}`)} · {t(`contactState.${contact.state}`)}
            </Text>
          </div>
        ))}
      </section>
      <section aria-labelledby="details">
        <Group justify="space-between" mb={6}>
          <Title order={2} id="details">
            {t('customers.details')}
          </Title>
          {mayWrite && (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconPencil size={15} stroke={1.6} />}
              onClick={onEdit}
            >
              {t('actions.change')}
            </Button>
          )}
        </Group>
        <dl className={uiClasses.facts}>
          {facts
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <div key={name} style={{ display: 'contents' }}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
        </dl>
      </section>
      <CustomerReminders customer={customer.id} />
      <Links customer={customer.id} />
      {customer.note && (
        <section aria-labelledby="note">
          <Title order={2} id="note" mb={4}>
            {t('fields.note')}
          </Title>
          <Text style={{ whiteSpace: 'pre-wrap' }}>{customer.note}</Text>
        </section>
      )}
      {editing && (
        <ContactForm
          customer={customer.id}
          contact={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  );
}
