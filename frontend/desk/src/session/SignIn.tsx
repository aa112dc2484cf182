import { Alert, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError, api, ok, type Schemas } from '@/api/client';
import { Entrance } from '@/ui/Entrance';
import { explain } from '@/ui/explain';

interface SignInProps {
  expired: boolean;
  onDone: (answer: Schemas['SignedIn']) => void;
}

export default function SignIn({ expired, onDone }: SignInProps) {
  const { t } = useTranslation();
  const form = useForm({ initialValues: { email: '', password: '' } });
  const signIn = useMutation({
    mutationFn: (body: Schemas['Credentials']) => ok(api.POST('/api/v1/auth/sign-in', { body })),
    onSuccess: onDone,
    onError: () => form.setFieldValue('password', ''),
  });
  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <Entrance>
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
        <Stack gap="md">
          <div>
            <Title order={1}>{t('signIn.title')}</Title>
            <Text c="dimmed">{t('signIn.lead')}</Text>
          </div>
          {expired && !signIn.error && <Alert color="ink">{t('signIn.expired')}</Alert>}
          {signIn.error && (
            <Alert color="overdue" role="alert">
              {wrong ? t('signIn.wrong') : explain(signIn.error, t)}
            </Alert>
          )}
          <TextInput
            label={t('fields.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            data-autofocus
            autoFocus
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={t('fields.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
