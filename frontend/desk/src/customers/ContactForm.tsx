import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api, ok, type Schemas } from '@/api/client';
import { fieldErrors } from '@/ui/explain';
import { toastError } from '@/ui/toast';

type Contact = Schemas['Contact'];

/** ContactForm adds a person to a customer or changes one; the e-mail address says who it is. */
export function ContactForm({
  customer,
  contact,
  onClose,
}: {
  customer: string;
  contact?: Contact;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: {
      name: contact?.name ?? '',
      email: contact?.email ?? '',
      phone: contact?.phone ?? '',
      language: contact?.language ?? '',
      rights: contact?.rights ?? ('pay' as Contact['rights']),
      state: contact?.state ?? ('invited' as Contact['state']),
    },
    validate: { email: (value) => (/^\S+@\S+\.\S+$/.test(value) ? null : t('fields.emailWrong')) },
  });
  const save = useMutation({
    mutationFn: (body: Schemas['ContactInput']) =>
      ok(api.PUT('/api/v1/customers/{customer}/contacts', { params: { path: { customer } }, body })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['customer', customer] });
      onClose();
    },
    onError: (error) => {
      form.setErrors(fieldErrors(error));
      if (!(error instanceof ApiError) || error.fields.length === 0) toastError(error);
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={contact ? t('contacts.change') : t('contacts.add')}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="sm">
          <TextInput
            label={t('fields.email')}
            type="email"
            disabled={Boolean(contact)}
            data-autofocus
            {...form.getInputProps('email')}
          />
          <TextInput label={t('fields.name')} {...form.getInputProps('name')} />
          <TextInput label={t('fields.phone')} type="tel" {...form.getInputProps('phone')} />
          <Select
            label={t('contacts.rights')}
            data={(['view', 'pay', 'manage'] as const).map((value) => ({
              value,
              label: t(`rights.${value}`),
            }))}
            {...form.getInputProps('rights')}
          />
          {contact && (
            <Select
              label={t('fields.status')}
              data={(['invited', 'active', 'closed'] as const).map((value) => ({
                value,
                label: t(`contactState.${value}`),
              }))}
              {...form.getInputProps('state')}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('actions.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('actions.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
