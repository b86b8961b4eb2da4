import { useSyncExternalStore } from 'react';
import { roleMay, type Deed } from './roles';
import { currentSession, subscribeSession, type Session } from './session';

export function useSession(): Session {
  return useSyncExternalStore(subscribeSession, currentSession);
}

/** May the person who is signed in do this? What is not allowed is not shown. */
export function useMay(): (deed: Deed) => boolean {
  const { user } = useSession();
  return (deed) => user !== undefined && roleMay(user.role, deed);
}
