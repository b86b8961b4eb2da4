/** What the product pages read, and how they change it. */

import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { addDays, shopDay } from '@/format/dates';
import { toast } from '@/ui/toasts';
import { queryOf, type ProductsAddress } from './view';

export type Product = Schemas['Product'];
export type Performance = Schemas['ProductPerformance'];
type Page = Schemas['ProductList'];

export const productsQuery = (address: ProductsAddress) =>
  infiniteQueryOptions({
    queryKey: ['products', 'list', queryOf(address)],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/products', {
          params: { query: { ...queryOf(address), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.next_cursor ?? undefined,
  });

export const productQuery = (id: string) =>
  queryOptions({
    queryKey: ['products', 'one', id],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/products/{id}', { params: { path: { id } }, signal })),
  });

const MOST_PAGES = 5;

/**
 * How products did in the last 28 days, by id. The catalogue does not carry these figures: they are
 * read beside it, for the first thousand products; a product that is not among them shows none.
 */
export const performanceQuery = queryOptions({
  queryKey: ['analytics', 'products', 'last-28'],
  queryFn: async ({ signal }) => {
    const to = shopDay();
    const period = { from: addDays(to, -27), to, sort: 'name', limit: 200 } as const;
    const found = new Map<string, Performance>();
    let cursor: string | undefined;
    let totals: { stockValueMinor: number } | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await ok(
        api.GET('/api/v1/analytics/products', {
          params: { query: { ...period, ...(cursor && { cursor }) } },
          signal,
        }),
      );
      for (const item of answer.items) found.set(item.id, item);
      totals ??= { stockValueMinor: answer.stock_value_minor };
      if (!answer.next_cursor) break;
      cursor = answer.next_cursor;
    }
    return { byId: found, ...totals };
  },
  staleTime: 5 * 60_000,
});

/** The header of a change that is based on what was read. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` });

export type ProductChange = Schemas['UpdateProduct'];

export const patchProduct = (product: Pick<Product, 'id' | 'version'>, change: ProductChange) =>
  ok(
    api.PATCH('/api/v1/products/{id}', {
      params: { path: { id: product.id }, header: ifMatch(product.version) },
      body: change,
    }),
  );

export const setArchived = (product: Pick<Product, 'id' | 'version'>, archived: boolean) =>
  ok(
    api.POST(archived ? '/api/v1/products/{id}/archive' : '/api/v1/products/{id}/unarchive', {
      params: { path: { id: product.id }, header: ifMatch(product.version) },
    }),
  );

/** Puts a product into every list that shows it. */
export function useShowProduct(): (product: Product) => void {
  const client = useQueryClient();
  return (product) => {
    client.setQueryData(['products', 'one', product.id], product);
    client.setQueriesData<InfiniteData<Page>>({ queryKey: ['products', 'list'] }, (data) =>
      data
        ? {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              items: page.items.map((item) => (item.id === product.id ? product : item)),
            })),
          }
        : data,
    );
  };
}

/** A change that shows at once, and goes back where the server refuses it. */
export function useChangeProduct() {
  const show = useShowProduct();
  return useMutation({
    mutationFn: ({ product, change }: { product: Product; change: Partial<Product> }) =>
      patchProduct(product, change as ProductChange),
    onMutate: ({ product, change }) => {
      show({ ...product, ...change });
    },
    onSuccess: show,
    onError: (failure, { product }) => {
      show(product);
      toast(problemSentence(asProblem(failure)), { bad: true });
    },
  });
}

/** Archives at once; the toast takes it back. */
export function useArchive(words: (count: number, archived: boolean) => string) {
  const client = useQueryClient();
  const show = useShowProduct();
  const settle = () => client.invalidateQueries({ queryKey: ['products'] });
  const move = async (products: readonly Product[], archived: boolean) => {
    const moved: Product[] = [];
    for (const product of products) moved.push(await setArchived(product, archived));
    moved.forEach(show);
    return moved;
  };
  return useMutation({
    mutationFn: ({ products, archived }: { products: readonly Product[]; archived: boolean }) =>
      move(products, archived),
    onSuccess: (moved, { archived }) => {
      toast(words(moved.length, archived), {
        undo: () => {
          move(moved, !archived).then(settle, (failure: unknown) => {
            toast(problemSentence(asProblem(failure)), { bad: true });
            void settle();
          });
        },
      });
    },
    onError: (failure) => {
      toast(problemSentence(asProblem(failure)), { bad: true });
    },
    onSettled: settle,
  });
}
