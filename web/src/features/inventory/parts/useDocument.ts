import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotencyKey, ok, type Schemas } from '@/api/client';
import { setBusy } from '@/app/version';
import { useAddress } from '@/app/useAddress';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { addLine, changeLine, dropLine, type Line } from '../lines';

type Posted = Schemas['PostedDocument'];
type Product = Schemas['Product'];

/** What is typed is kept until it is sent: a reload loses nothing of a delivery of forty lines. */
function useKept<T>(name: string, empty: T): [T, (next: T) => void] {
  const key = `salesflow.document.${name}`;
  const [value, setValue] = useState<T>(() => {
    try {
      return { ...empty, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as object) };
    } catch {
      return empty;
    }
  });
  return [
    value,
    (next) => {
      setValue(next);
      sessionStorage.setItem(key, JSON.stringify(next));
    },
  ];
}

export interface DocumentState<Head> {
  head: Head;
  lines: readonly Line[];
}

/**
 * A stock document under way: its head and its lines. It waits for the server, and one key for the
 * deed makes that a repeat books nothing twice.
 */
export function useDocument<Head extends object>(
  name: string,
  emptyHead: Head,
  fields: readonly string[],
  post: (state: DocumentState<Head>, key: { 'Idempotency-Key': string }) => Promise<Posted>,
) {
  const { t } = useTranslation('inventory');
  const client = useQueryClient();
  const { get } = useAddress();
  const [state, keep] = useKept<DocumentState<Head>>(name, { head: emptyHead, lines: [] });
  const [key, setKey] = useState(idempotencyKey);
  // Two scans may be looked up at once: each goes on from what the one before has made.
  const latest = useRef(state);
  const set = (next: DocumentState<Head>) => {
    latest.current = next;
    keep(next);
    setKey(idempotencyKey());
  };
  const errors = useFieldErrors([
    ...fields,
    ...state.lines.flatMap((_, index) =>
      ['product_id', 'quantity', 'delta', 'unit_cost_minor'].map(
        (field) => `lines/${index}/${field}`,
      ),
    ),
  ]);
  const open = state.lines.length > 0;
  useEffect(() => {
    setBusy(`inventory.${name}`, open);
    return () => {
      setBusy(`inventory.${name}`, false);
    };
  }, [name, open]);

  const add = (product: Product) => {
    set({ ...latest.current, lines: addLine(latest.current.lines, product) });
  };
  // Reached from the page of a product: it is the first line.
  const wanted = get('article');
  const asked = useRef('');
  const { data: first } = useQuery({
    queryKey: ['products', 'one', wanted],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/products/{id}', { params: { path: { id: wanted } }, signal })),
    enabled: wanted !== '',
  });
  useEffect(() => {
    if (first?.id !== wanted || asked.current === wanted) return;
    asked.current = wanted;
    if (!latest.current.lines.some(({ product }) => product.id === wanted)) add(first);
  });

  const send = useMutation({
    mutationFn: () => post(state, key),
    onSuccess: async (posted) => {
      set({ head: emptyHead, lines: [] });
      errors.clear();
      toast(t('posted', { count: posted.movements.length }));
      await Promise.all(
        [['inventory'], ['products'], ['analytics']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
    },
    onError: errors.take,
  });
  return {
    ...state,
    errors,
    isSending: send.isPending,
    errorOf: (index: number) =>
      ['quantity', 'delta', 'unit_cost_minor', 'product_id']
        .map((field) => errors.at(`lines/${index}/${field}`))
        .find(Boolean),
    add,
    setHead: (change: Partial<Head>) => {
      set({ ...latest.current, head: { ...latest.current.head, ...change } });
    },
    change: (id: string, change: Partial<Line>) => {
      set({ ...latest.current, lines: changeLine(latest.current.lines, id, change) });
    },
    drop: (line: Line) => {
      const before = latest.current;
      set({ ...before, lines: dropLine(before.lines, line.product.id) });
      toast(t('dropped', { name: line.product.name }), {
        undo: () => {
          set(before);
        },
      });
    },
    send: () => {
      errors.clear();
      if (!send.isPending) send.mutate();
    },
  };
}
