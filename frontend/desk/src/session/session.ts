// Who is signed in and for which firm. The state machine: loading -> first run | signed out | signed in.

import { createContext, useContext } from 'react';
import type { Schemas } from '@/api/client';
import type { Preferences } from './preferences';

export interface SignedInState {
  me: Schemas['Me'];
  firm: Schemas['Firm'];
  /** The firm's today: "late" is counted from here. */
  today: string;
  version: string;
  demo: boolean;
  /** What this user set up, wherever they sign in. */
  preferences: Preferences;
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<SignedInState | undefined>(undefined);

/** useSession is the signed-in user and firm. It is only used below the gate. */
export function useSession(): SignedInState {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession outside of a session');
  return session;
}

/** useMay says whether the user has a permission of the API; what they may not do is not offered. */
export function useMay(permission: string): boolean {
  return useSession().me.permissions.includes(permission);
}
