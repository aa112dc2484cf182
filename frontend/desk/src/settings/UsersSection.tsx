import {
  Alert,
  Button,
  CopyButton,
  Group,
  Modal,
  MultiSelect,
  PasswordInput,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { useSession } from '@/session/session';
import { explain } from '@/ui/explain';
import { uiClasses } from '@/ui/marks';
import { Failed } from '@/ui/states';
import { toastDone, toastError, toastUndo } from '@/ui/toast';
import classes from './Settings.module.css';

type User = Schemas['User'];
type Role = User['role'];
const roles: Role[] = ['admin', 'agent', 'read_only'];

export function UsersSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { me } = useSession();
  const [adding, setAdding] = useState(false);
  const users = useQuery({ queryKey: ['users'], queryFn: () => ok(api.GET('/api/v1/users')) });
  const patch = (user: string, body: Schemas['UserPatch']) =>
    ok(api.PATCH('/api/v1/users/{user}', { params: { path: { user } }, body })).finally(() =>
      client.invalidateQueries({ queryKey: ['users'] }),
    );
  const toggle = useMutation({
    mutationFn: (user: User) => patch(user.id, { active: !user.active }),
    onSuccess: (_, user) =>
      toastUndo(
        user.active
          ? t('users.switchedOff', { name: user.name })
          : t('users.switchedOn', { name: user.name }),
        () => patch(user.id, { active: user.active }),
      ),
    onError: toastError,
  });
  const setRole = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) => patch(id, { role }),
    onError: toastError,
  });
  if (users.isError) return <Failed error={users.error} onRetry={() => void users.refetch()} />;
  return (
    <>
      <p className={classes.lead}>{t('users.lead')}</p>
      <div className={uiClasses.tableFrame}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th scope="col">{t('fields.name')}</th>
              <th scope="col">{t('users.role')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('actions.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.data?.items.map((user) => (
              <tr key={user.id} style={user.active ? undefined : { color: 'var(--v-muted)' }}>
                <td>
                  {user.name}
                  <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    {user.local ? t('users.local') : user.email}
                  </Text>
                </td>
                <td>
                  <Select
                    size="xs"
                    w={132}
                    aria-label={t('users.roleOf', { name: user.name })}
                    disabled={user.id === me.id || !user.active}
                    data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
                    value={user.role}
                    onChange={(value) => value && setRole.mutate({ id: user.id, role: value as Role })}
                  />
                </td>
                <td>
                  {user.id !== me.id && (
                    <Button size="compact-sm" variant="subtle" onClick={() => toggle.mutate(user)}>
                      {user.active ? t('users.switchOff') : t('users.switchOn')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Group mt="md">
        <Button onClick={() => setAdding(true)}>{t('users.add')}</Button>
      </Group>
      <Tokens />
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </>
  );
}

function AddUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: '', email: '', role: 'agent' as Role, password: '' },
    validate: {
      name: (value) => (value.trim() ? null : t('customers.nameNeeded')),
      email: (value) => (/^\S+@\S+\.\S+$/.test(value) ? null : t('fields.emailWrong')),
      password: (value) => (value.length >= 10 ? null : t('fields.passwordShort')),
    },
  });
  const add = useMutation({
    mutationFn: (body: Schemas['UserInput']) => ok(api.POST('/api/v1/users', { body })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('users.add')}
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
        <Stack gap="sm">
          <TextInput label={t('fields.name')} data-autofocus {...form.getInputProps('name')} />
          <TextInput label={t('fields.email')} type="email" {...form.getInputProps('email')} />
          <Select
            label={t('users.role')}
            data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
            {...form.getInputProps('role')}
          />
          <Text size="xs" c="dimmed">
            {t(`roleHint.${form.values.role}`)}
          </Text>
          <PasswordInput
            label={t('users.firstPassword')}
            description={t('fields.passwordHint')}
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
          {add.error && (
            <Alert color="overdue" role="alert">
              {explain(add.error, t)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('actions.cancel')}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t('users.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const scopes = ['read', 'write', 'import', 'export', 'admin'] as const;

function Tokens() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<string[]>(['read']);
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => ok(api.GET('/api/v1/tokens')) });
  const refresh = () => client.invalidateQueries({ queryKey: ['tokens'] });
  const create = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/tokens', { body: { name: name.trim(), scope } })),
    onSuccess: () => {
      setName('');
      void refresh();
    },
    onError: toastError,
  });
  const withdraw = useMutation({
    mutationFn: (token: string) => ok(api.DELETE('/api/v1/tokens/{token}', { params: { path: { token } } })),
    onSuccess: () => {
      void refresh();
      toastDone(t('tokens.withdrawn'));
    },
    onError: toastError,
  });
  return (
    <div className={classes.group} style={{ marginTop: 20 }}>
      <Title order={3}>{t('tokens.title')}</Title>
      <Text c="dimmed" mb="xs">
        {t('tokens.lead')}
      </Text>
      {(tokens.data?.items.length ?? 0) > 0 && (
        <div className={uiClasses.tableFrame}>
          <table className={uiClasses.table}>
            <tbody>
              {tokens.data?.items.map((token) => (
                <tr key={token.id}>
                  <td>{token.name}</td>
                  <td>{token.scope.join(', ')}</td>
                  <td>{t('tokens.until', { when: format.instant(token.expires_at) })}</td>
                  <td>
                    <Button size="compact-sm" variant="subtle" onClick={() => withdraw.mutate(token.id)}>
                      {t('tokens.withdraw')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {create.data && (
        <Alert color="settled" my="sm" title={t('tokens.once')}>
          <Group gap="xs" wrap="nowrap">
            <TextInput
              readOnly
              flex={1}
              aria-label={t('tokens.secret')}
              value={create.data.secret}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton value={create.data.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? t('link.copied') : t('link.copy')}
                </Button>
              )}
            </CopyButton>
          </Group>
        </Alert>
      )}
      <Group align="flex-end" gap="xs" mt="xs">
        <TextInput
          label={t('tokens.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
        />
        <MultiSelect
          label={t('tokens.scope')}
          data={scopes.map((value) => ({ value, label: t(`scope.${value}`) }))}
          value={scope}
          onChange={setScope}
          miw={220}
        />
        <Button
          variant="default"
          disabled={!name.trim() || scope.length === 0}
          loading={create.isPending}
          onClick={() => create.mutate()}
        >
          {t('tokens.create')}
        </Button>
      </Group>
    </div>
  );
}
