import { useSyncExternalStore } from 'react';
import { connection, subscribeConnection, type Connection } from './connection';

export function useConnection(): Connection {
  return useSyncExternalStore(subscribeConnection, connection);
}
