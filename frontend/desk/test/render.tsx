import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import type { Schemas } from '@/api/client';
import { startLanguages } from '@/i18n';
import { Preferences } from '@/session/preferences';
import { SessionContext } from '@/session/session';
import { theme } from '@/theme/theme';

const firm = {
  id: 'firm_1',
  name: 'Bakkerij De Korenaar',
  currency: 'EUR',
  country: 'NL',
} as Schemas['Firm'];

/** draw shows a piece of the desk in Dutch, signed in, on the 22nd of November 2026. */
export async function draw(children: ReactNode, permissions: string[] = ['payments.write', 'imports.write']) {
  await startLanguages('nl');
  const me = {
    id: 'usr_1',
    name: 'Jolanda',
    email: 'j@korenaar.example',
    role: 'agent',
    permissions,
    local: false,
  } as Schemas['Me'];
  const router = createRouter({
    routeTree: createRootRoute({ component: () => children }),
    history: createMemoryHistory(),
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const drawn = render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={client}>
        <SessionContext.Provider
          value={{
            me,
            firm,
            today: '2026-11-22',
            version: 'test',
            demo: false,
            preferences: new Preferences(),
            signOut: async () => {},
          }}
        >
          <RouterProvider router={router as never} />
        </SessionContext.Provider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  await drawn.findByTestId('drawn').catch(() => undefined);
  return drawn;
}
