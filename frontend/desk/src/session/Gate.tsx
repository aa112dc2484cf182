// The gate before the desk: decides between first run, sign-in and the desk itself.

import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, bearer, keepToken, ok, onDropped, type Schemas } from '@/api/client';
import { localToken } from '@/native/native';
import { loadPreferences, Preferences } from './preferences';
import { SessionContext, type SignedInState } from './session';

const SignIn = lazy(() => import('./SignIn'));
const FirstRun = lazy(() => import('@/firstrun/FirstRun'));

async function signInLocally(): Promise<boolean> {
  const handed = await localToken();
  if (!handed) return false;
  const signedIn = await ok(api.POST('/api/v1/auth/local', { body: { token: handed } }));
  keepToken(signedIn.token);
  return true;
}

export function Gate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { t } = useTranslation();
  const [token, setToken] = useState(bearer());
  const [expired, setExpired] = useState(false);

  const state = useQuery({
    queryKey: ['state'],
    queryFn: () => ok(api.GET('/api/v1/state')),
    staleTime: Number.POSITIVE_INFINITY,
    retry: 2,
  });
  const needsSetup = state.data?.setup_required ?? false;

  // In the window nobody types a password: the program hands its own local user a one-time token.
  const local = useQuery({
    queryKey: ['local-token'],
    enabled: state.isSuccess && !token,
    queryFn: async () => {
      const done = await signInLocally();
      if (done) setToken(bearer());
      return done;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

  const me = useQuery({
    queryKey: ['me', token],
    enabled: Boolean(token) && !needsSetup,
    queryFn: () => ok(api.GET('/api/v1/auth/me')),
  });
  const firms = useQuery({
    queryKey: ['firms'],
    enabled: me.isSuccess,
    queryFn: () => ok(api.GET('/api/v1/firms')),
  });

  // Read once per session; without them the desk works as it came.
  const preferences = useQuery({
    queryKey: ['preferences', token],
    enabled: me.isSuccess,
    queryFn: () => loadPreferences().catch(() => new Preferences()),
    staleTime: 'static',
  });
  useEffect(() => {
    const leave = () => void preferences.data?.flush();
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, [preferences.data]);

  useEffect(
    () =>
      onDropped(() => {
        setExpired(true);
        setToken(undefined);
      }),
    [],
  );

  const signedIn = useCallback(
    (answer: Schemas['SignedIn']) => {
      // The window's own user is signed in already and keeps its token through the first run.
      const next = answer.token || bearer();
      keepToken(next);
      client.clear();
      client.setQueryData(['me', next], answer.me);
      if (state.data) client.setQueryData(['state'], { ...state.data, setup_required: false });
      void state.refetch();
      setExpired(false);
      setToken(next);
    },
    [client, state],
  );

  const signOut = useCallback(async () => {
    await preferences.data?.flush();
    await ok(api.POST('/api/v1/auth/sign-out')).catch(() => undefined);
    keepToken(undefined);
    client.clear();
    setToken(undefined);
  }, [client, preferences.data]);

  const firm = firms.data?.items[0];
  const session = useMemo<SignedInState | undefined>(
    () =>
      me.data && firm && preferences.data
        ? {
            me: me.data,
            firm,
            today: firm.today,
            version: state.data?.version ?? '',
            demo: state.data?.demo ?? false,
            preferences: preferences.data,
            signOut,
          }
        : undefined,
    [me.data, firm, preferences.data, state.data, signOut],
  );

  const broken = state.error ?? (token ? (me.error ?? firms.error) : null);
  if (broken && !session) {
    return (
      <Center h="100%" p="lg">
        <Stack align="center" gap="xs" maw={420} role="alert">
          <Title order={1}>{t('gate.unreachable')}</Title>
          <Text c="dimmed" ta="center">
            {t('gate.unreachableWhy')}
          </Text>
          <Button onClick={() => client.invalidateQueries()}>{t('errors.again')}</Button>
        </Stack>
      </Center>
    );
  }
  const waiting = (
    <Center h="100%">
      <Loader aria-label={t('gate.starting')} />
    </Center>
  );
  if (needsSetup && (token || !local.isPending)) {
    return (
      <Suspense fallback={waiting}>
        <FirstRun local={Boolean(token)} hasFirm={state.data?.has_firm ?? false} onDone={signedIn} />
      </Suspense>
    );
  }
  if (session) return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
  if (!token && state.isSuccess && !local.isPending) {
    return <Suspense fallback={waiting}>{<SignIn expired={expired} onDone={signedIn} />}</Suspense>;
  }
  return waiting;
}
