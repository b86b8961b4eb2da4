/** What the settings read, and how they are changed. */

import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { accountsQuery, settingsQuery } from '@/api/queries';
import { asProblem, problemSentence } from '@/api/problem';
import type { Currency } from '@/money/currencies';
import { toast } from '@/ui/toasts';

export type Settings = Schemas['SettingsView'];
export type SettingsChange = Schemas['UpdateSettings'];
export type Rate = Schemas['ListedRate'];
export type Account = Schemas['Account'];

const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` });

/** Changes settings on the state that was read; the newest is read again where it had changed. */
export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ version, change }: { version: number; change: SettingsChange }) =>
      ok(
        api.PATCH('/api/v1/settings', {
          params: { header: ifMatch(version) },
          body: change,
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: settingsQuery.queryKey }),
  });
}

export const rateHistoryQuery = (currency: Currency) =>
  infiniteQueryOptions({
    queryKey: ['rates', 'history', currency],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/rates', {
          params: { query: { currency, limit: 60, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: { next_cursor: string | null }) => page.next_cursor ?? undefined,
  });

/** The newest sale, for the preview of the receipt. */
export const lastSaleQuery = queryOptions({
  queryKey: ['sales', 'last'],
  queryFn: async ({ signal }) => {
    const page = await ok(api.GET('/api/v1/sales', { params: { query: { limit: 1 } }, signal }));
    const newest = page.items[0];
    if (!newest) return null;
    return ok(api.GET('/api/v1/sales/{id}', { params: { path: { id: newest.id } }, signal }));
  },
});

const patchAccount = ({ id, version }: Account, body: Schemas['UpdateAccount']) =>
  ok(
    api.PATCH('/api/v1/payment-accounts/{id}', {
      params: { path: { id }, header: ifMatch(version) },
      body,
    }),
  );

/** Archives an account, or takes it back, at once; the words of it take it back. */
export function useArchiveAccount(words: (account: Account) => string) {
  const client = useQueryClient();
  const show = (next: Account) => {
    client.setQueryData(accountsQuery.queryKey, (accounts) =>
      accounts?.map((account) => (account.id === next.id ? next : account)),
    );
  };
  const settle = () => void client.invalidateQueries({ queryKey: accountsQuery.queryKey });
  const refuse = (failure: unknown) => {
    toast(problemSentence(asProblem(failure)), { bad: true });
  };
  return useMutation({
    mutationFn: (account: Account) => patchAccount(account, { archived: !account.archived }),
    onMutate: (account) => {
      show({ ...account, archived: !account.archived });
    },
    onSuccess: (changed) => {
      show(changed);
      toast(words(changed), {
        undo: () => {
          patchAccount(changed, { archived: !changed.archived }).then(show, refuse).finally(settle);
        },
      });
    },
    onError: (failure, account) => {
      show(account);
      refuse(failure);
    },
    onSettled: settle,
  });
}

export const renameAccount = (account: Account, name: string) => patchAccount(account, { name });
