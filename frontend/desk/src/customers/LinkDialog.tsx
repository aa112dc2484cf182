import { Alert, Autocomplete, Button, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { sumByCurrency } from '@/format/money';
import { useFormat } from '@/format/useFormat';
import { explain } from '@/ui/explain';

interface LinkDialogProps {
  customer: Schemas['Customer'];
  /** With invoices it is a pay link for exactly those; without, a link to sign in. */
  invoices: Schemas['InvoiceRow'][];
  onClose: () => void;
}

/** LinkDialog makes a link for a customer and mails it, or gives it to be copied once. */
export function LinkDialog({ customer, invoices, onClose }: LinkDialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const contacts = customer.contacts.filter((contact) => contact.state !== 'closed');
  const [email, setEmail] = useState(contacts[0]?.email ?? customer.email);
  const pays = invoices.length > 0;
  const make = useMutation({
    mutationFn: (send: boolean) => {
      const params = { path: { customer: customer.id } };
      return pays
        ? ok(
            api.POST('/api/v1/customers/{customer}/pay-link', {
              params,
              body: { invoices: invoices.map((row) => row.id), send, email: email || undefined },
            }),
          )
        : ok(
            api.POST('/api/v1/customers/{customer}/sign-in-link', {
              params,
              body: { send, email: email || undefined },
            }),
          );
    },
  });
  const total = [...sumByCurrency(invoices.map((row) => ({ amount: row.open, currency: row.currency })))];
  return (
    <Modal
      opened
      onClose={onClose}
      title={pays ? t('link.payTitle') : t('link.signInTitle')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <Stack gap="sm">
        {pays ? (
          <Text>
            {t('link.payText', {
              count: invoices.length,
              money: total.map(([currency, amount]) => format.money(amount, currency)).join(' + '),
            })}
          </Text>
        ) : (
          <Text>{t('link.signInText')}</Text>
        )}
        {make.data ? (
          <>
            {make.data.sent_to && (
              <Alert color="settled">{t('link.sent', { email: make.data.sent_to })}</Alert>
            )}
            <Group align="flex-end" gap="xs" wrap="nowrap">
              <TextInput
                label={t('link.address')}
                readOnly
                value={make.data.url}
                flex={1}
                onFocus={(event) => event.currentTarget.select()}
              />
              <CopyButton value={make.data.url}>
                {({ copied, copy }) => (
                  <Button variant="default" onClick={copy}>
                    {copied ? t('link.copied') : t('link.copy')}
                  </Button>
                )}
              </CopyButton>
            </Group>
            <Text size="xs" c="dimmed">
              {t('link.until', { when: format.instant(make.data.expires_at) })} {t('link.once')}
            </Text>
            <Group justify="flex-end">
              <Button onClick={onClose}>{t('actions.done')}</Button>
            </Group>
          </>
        ) : (
          <>
            <Autocomplete
              label={t('link.to')}
              description={contacts.length === 0 ? t('link.newContact') : undefined}
              type="email"
              value={email}
              onChange={setEmail}
              data={contacts.map((contact) => contact.email)}
              openOnFocus={false}
            />
            {make.error && (
              <Alert color="overdue" role="alert">
                {explain(make.error, t)}
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              <Button
                variant="default"
                loading={make.isPending && !make.variables}
                disabled={make.isPending}
                onClick={() => make.mutate(false)}
              >
                {t('link.onlyMake')}
              </Button>
              <Button
                data-autofocus
                loading={make.isPending && make.variables}
                disabled={make.isPending || !email}
                onClick={() => make.mutate(true)}
              >
                {t('link.send')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
