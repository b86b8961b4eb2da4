/** Which goods stand first at the till. Pure. */

import type { Catalogue, TillProduct } from './catalogue';

/** As many tiles as a large screen has room for. */
const TILES = 70;

/** As many as the server takes. */
export const MOST_FAVOURITES = 200;

/**
 * What the shop has chosen, in its order. A shop that has chosen nothing has what sells most first, and
 * the others after it, so that a new shop has its tiles as well.
 */
export function favouritesOf(
  catalogue: Catalogue,
  chosen: readonly string[],
  bestSold: readonly string[],
): TillProduct[] {
  const known = (ids: readonly string[]) => ids.flatMap((id) => catalogue.byId.get(id) ?? []);
  const own = known(chosen);
  if (own.length > 0) return own;
  const first = known(bestSold);
  const rest = catalogue.products.filter((product) => !bestSold.includes(product.id));
  return [...first, ...rest].slice(0, TILES);
}

/** The same list with one of it a place earlier or later. */
export function moved(ids: readonly string[], id: string, by: 1 | -1): string[] {
  const at = ids.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= ids.length) return [...ids];
  return ids.toSpliced(at, 1).toSpliced(to, 0, id);
}
