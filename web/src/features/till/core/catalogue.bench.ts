import { bench, describe } from 'vitest';
import { makeCatalogue, search } from './catalogue';

// `npm run bench`: a key of the search has to take at most 16 ms with 5,000 products.
const many = makeCatalogue(
  Array.from({ length: 5000 }, (_, index) => ({
    id: `P-${index}`,
    sku: `P-${index}`,
    name: `Article numéro ${index} de la réserve à l’étage`,
    barcodes: [`20010000${String(index).padStart(5, '0')}`],
    categoryId: undefined,
    unit: 'piece',
    priceMinor: 100_000,
    taxRateBp: 1600,
    onHand: 10,
    reorderLevel: 3,
  })),
  [],
);

describe('a key of the search, 5,000 products', () => {
  for (const key of ['a', 'art', 'numéro 4', 'réserve 49', 'zzz', '2001', 'etage 12']) {
    bench(key, () => {
      search(many, key);
    });
  }
});
