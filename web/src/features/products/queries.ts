/** What the product pages read, and how they change it. */

import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type InfiniteData,
} from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { asProblem, Problem, problemSentence } from '@/api/problem';
import { toast } from '@/ui/toasts';
import { apply, MOST_PRODUCTS, preview } from './bulk';
import {
  figuresQueryOf,
  plainQueryOf,
  type FiguresQuery,
  type PlainQuery,
  type ProductsAddress,
} from './view';

export type Product = Schemas['Product'];
export type Figures = Schemas['ProductWithFigures'];

/** A product in a list: the same from both lists; figures only from the one that has them. */
export type Listed = Pick<
  Product,
  | 'id'
  | 'sku'
  | 'name'
  | 'category_id'
  | 'unit'
  | 'price_minor'
  | 'cost_minor'
  | 'tax_rate_bp'
  | 'on_hand'
  | 'reorder_level'
  | 'archived'
> & { figures?: Figures };

export interface ListPage {
  items: Listed[];
  next_cursor: string | null;
  /** Of the list with figures: how many products each view has, and this one. */
  counts?: Schemas['ViewCounts'];
  total?: number;
}

const listed = (figures: Figures): Listed => ({ ...figures, id: figures.product_id, figures });

async function plainPage(query: PlainQuery, signal?: AbortSignal): Promise<ListPage> {
  return ok(api.GET('/api/v1/products', { params: { query }, ...(signal && { signal }) }));
}

async function figuresPage(query: FiguresQuery, signal?: AbortSignal): Promise<ListPage> {
  const page = await ok(
    api.GET('/api/v1/analytics/product-list', {
      params: { query },
      ...(signal && { signal }),
    }),
  );
  return { ...page, items: page.items.map(listed) };
}

export const productsQuery = (address: ProductsAddress, withFigures: boolean) =>
  infiniteQueryOptions({
    queryKey: [
      'products',
      'list',
      withFigures ? figuresQueryOf(address) : plainQueryOf(address),
      withFigures,
    ],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam ? { cursor: pageParam } : {};
      return withFigures
        ? figuresPage({ ...figuresQueryOf(address), ...cursor }, signal)
        : plainPage({ ...plainQueryOf(address), ...cursor }, signal);
    },
    initialPageParam: '',
    getNextPageParam: (page: ListPage) => page.next_cursor ?? undefined,
  });

/** Every product of a view, as far as one change takes them. */
export async function allOfView(address: ProductsAddress, withFigures: boolean) {
  const found: Listed[] = [];
  let cursor: string | undefined;
  do {
    const more = { limit: 200, ...(cursor && { cursor }) };
    const page = withFigures
      ? await figuresPage({ ...figuresQueryOf(address), ...more })
      : await plainPage({ ...plainQueryOf(address), ...more });
    found.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && found.length < MOST_PRODUCTS);
  return found.slice(0, MOST_PRODUCTS);
}

/** What lies in the shop, at cost. */
export const stockValueQuery = (today: string) =>
  queryOptions({
    queryKey: ['analytics', 'stock', today],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/stock', {
          params: { query: { from: today, to: today } },
          signal,
        }),
      ),
    staleTime: 5 * 60_000,
  });

/** The figures of one product: found by its code among those that have it in theirs. */
export const figuresQuery = ({ id, sku, archived }: Pick<Product, 'id' | 'sku' | 'archived'>) =>
  queryOptions({
    queryKey: ['products', 'figures', id, archived],
    queryFn: async ({ signal }) => {
      const view = archived ? 'archived' : 'all';
      const page = await figuresPage({ view, q: sku, limit: 200 }, signal);
      return page.items.find((item) => item.id === id)?.figures ?? null;
    },
    staleTime: 60_000,
  });

export const productQuery = (id: string) =>
  queryOptions({
    queryKey: ['products', 'one', id],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/products/{id}', { params: { path: { id } }, signal })),
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

/** Puts a product into every list that shows it. */
export function useShowProduct(): (product: Product) => void {
  const client = useQueryClient();
  const showListed = useShowListed();
  return (product) => {
    client.setQueryData(['products', 'one', product.id], product);
    showListed(product);
  };
}

function useShowListed(): (product: Listed) => void {
  const client = useQueryClient();
  return (product) => {
    client.setQueriesData<InfiniteData<ListPage>>({ queryKey: ['products', 'list'] }, (data) =>
      data
        ? {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              items: page.items.map((item) =>
                item.id === product.id ? { ...item, ...product } : item,
              ),
            })),
          }
        : data,
    );
  };
}

/** The price of a row, changed where it stands: it shows at once, and goes back where it is refused. */
export function useChangePrice() {
  const client = useQueryClient();
  const show = useShowProduct();
  const showListed = useShowListed();
  return useMutation({
    mutationFn: async ({ product, priceMinor }: { product: Listed; priceMinor: number }) => {
      // The list carries no versions: the product does, and says whether its price is the one shown.
      const now = await client.fetchQuery({ ...productQuery(product.id), staleTime: 0 });
      if (now.price_minor !== product.price_minor) {
        throw new Problem(412, { code: 'request.precondition_failed' });
      }
      return patchProduct(now, { price_minor: priceMinor });
    },
    onMutate: ({ product, priceMinor }) => {
      showListed({ ...product, price_minor: priceMinor });
    },
    onSuccess: show,
    onError: (failure, { product }) => {
      showListed(product);
      toast(problemSentence(asProblem(failure)), { bad: true });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['products', 'list'] }),
  });
}

/** Archives at once, all or none; the toast takes it back. */
export function useArchive(words: (count: number, archived: boolean) => string) {
  const client = useQueryClient();
  const settle = () => client.invalidateQueries({ queryKey: ['products'] });
  const fail = (failure: unknown) => {
    toast(problemSentence(asProblem(failure)), { bad: true });
  };
  return useMutation({
    mutationFn: async ({ ids, archived }: { ids: readonly string[]; archived: boolean }) => {
      const bulk = { kind: 'archive', archived } as const;
      const shown = await preview(ids, bulk);
      return shown.changed > 0 ? apply(shown, bulk, { belowCost: true }) : shown;
    },
    onSuccess: (done, { archived }) => {
      toast(words(done.changed, archived), {
        undo: () => {
          const back = { kind: 'archive', archived: !archived } as const;
          apply(done, back, { belowCost: true }).catch(fail).finally(settle);
        },
      });
    },
    onError: fail,
    onSettled: settle,
  });
}
