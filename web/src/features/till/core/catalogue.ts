/** The catalogue in the till's memory: found by a scan, by what is typed, by category. Pure. */

import { foldText } from '@/format/fold';

export interface TillProduct {
  id: string;
  sku: string;
  name: string;
  barcodes: string[];
  categoryId: string | undefined;
  unit: string;
  priceMinor: number;
  taxRateBp: number;
  onHand: number;
  reorderLevel: number;
  /** The price when this day began, where it has changed since. */
  priceBeforeMinor?: number;
}

export interface Category {
  id: string;
  parentId: string | undefined;
  name: string;
}

interface Entry {
  product: TillProduct;
  /** Name, accents and case folded. */
  name: string;
  sku: string;
}

export interface Catalogue {
  products: readonly TillProduct[];
  categories: readonly Category[];
  byId: ReadonlyMap<string, TillProduct>;
  entries: readonly Entry[];
  codes: ReadonlyMap<string, TillProduct>;
}

/** Codes of goods are the same with and without zeros in front, and in any case. */
function codeKey(code: string): string {
  const plain = code.trim().toLowerCase();
  return /^\d{8,14}$/.test(plain) ? plain.replace(/^0+/, '') : plain;
}

export function makeCatalogue(
  products: readonly TillProduct[],
  categories: readonly Category[],
): Catalogue {
  const codes = new Map<string, TillProduct>();
  for (const product of products) codes.set(codeKey(product.sku), product);
  for (const product of products) {
    for (const barcode of product.barcodes) codes.set(codeKey(barcode), product);
  }
  return {
    products,
    categories,
    byId: new Map(products.map((product) => [product.id, product])),
    entries: products.map((product) => ({
      product,
      name: foldText(product.name).replace(/\u00a0/g, ' '),
      sku: foldText(product.sku),
    })),
    codes,
  };
}

export const EMPTY_CATALOGUE = makeCatalogue([], []);

/** The product of a code; the ways a scan may be meant are tried in their order. */
export function findByCode(catalogue: Catalogue, ways: readonly string[]): TillProduct | undefined {
  for (const way of ways) {
    const product = catalogue.codes.get(codeKey(way));
    if (product) return product;
  }
  return undefined;
}

/** How well an entry answers a word: 0 not at all, 4 its name begins with it. */
function answers(entry: Entry, word: string): number {
  if (entry.name.startsWith(word)) return 4;
  const at = entry.name.indexOf(word);
  if (at > 0) {
    const before = entry.name.charCodeAt(at - 1);
    // A letter or digit before: in the middle of a word.
    const inside = (before >= 97 && before <= 122) || (before >= 48 && before <= 57);
    return inside ? 1 : 3;
  }
  if (entry.sku.startsWith(word)) return 2;
  return entry.product.barcodes.some((barcode) => barcode.startsWith(word)) ? 2 : 0;
}

/** What answers every word that was typed, the best first, then by name. */
export function search(catalogue: Catalogue, text: string, limit = 60): TillProduct[] {
  const words = foldText(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: { entry: Entry; score: number }[] = [];
  for (const entry of catalogue.entries) {
    let score = 0;
    for (const word of words) {
      const own = answers(entry, word);
      if (own === 0) {
        score = 0;
        break;
      }
      score += own;
    }
    if (score > 0) found.push({ entry, score });
  }
  found.sort((a, b) => b.score - a.score || (a.entry.name < b.entry.name ? -1 : 1));
  return found.slice(0, limit).map(({ entry }) => entry.product);
}

/** The categories that stand over the tiles: those at the top of the tree that have goods below. */
export function topCategories(catalogue: Catalogue): Category[] {
  const used = new Set<string>();
  for (const product of catalogue.products) {
    if (product.categoryId) used.add(topOf(catalogue, product.categoryId));
  }
  return catalogue.categories.filter((category) => !category.parentId && used.has(category.id));
}

function topOf(catalogue: Catalogue, id: string): string {
  let current = catalogue.categories.find((category) => category.id === id);
  for (let depth = 0; current?.parentId && depth < 10; depth += 1) {
    const parent = current.parentId;
    current = catalogue.categories.find((category) => category.id === parent);
  }
  return current?.id ?? id;
}

/** The goods of a top category with all below it, by name. */
export function inCategory(catalogue: Catalogue, id: string): TillProduct[] {
  return catalogue.products.filter(
    (product) => product.categoryId && topOf(catalogue, product.categoryId) === id,
  );
}

/** What was typed into the search: `3*riz`, a code, or words. */
export interface Typed {
  quantity: number | undefined;
  text: string;
  /** Only digits: a barcode or SKU when Enter is pressed. */
  isCode: boolean;
}

export function readTyped(input: string): Typed {
  const match = /^\s*(\d{1,6}(?:[.,]\d{1,3})?)\s*[*×x]\s*(.*)$/i.exec(input);
  const factor = match?.[1];
  const text = (match ? (match[2] ?? '') : input).trim();
  return {
    quantity: factor === undefined ? undefined : Number(factor.replace(',', '.')),
    text,
    isCode: /^\d{3,}$/.test(text),
  };
}

/** What Enter in the search means: a code first, then the first hit. */
export function resolve(catalogue: Catalogue, typed: Typed): TillProduct | undefined {
  return findByCode(catalogue, [typed.text]) ?? search(catalogue, typed.text, 1)[0];
}

export type Shelf = 'plenty' | 'low' | 'out';

/** How full the shelf is: at or below the level at which one orders is low. */
export function shelfOf(product: TillProduct): Shelf {
  if (product.onHand <= 0) return 'out';
  return product.reorderLevel > 0 && product.onHand <= product.reorderLevel ? 'low' : 'plenty';
}
