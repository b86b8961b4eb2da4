import { IconPackage } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

const office = { name: 'products', frame: 'office' } as const;

export default [
  {
    ...office,
    path: '/produits',
    deed: 'readCatalogue',
    place: { group: 1, order: 40 },
    icon: IconPackage,
    letter: 'p',
    page: () => import('./ProductsPage'),
  },
  {
    ...office,
    path: '/produits/nouveau',
    deed: 'changeCatalogue',
    page: () => import('./NewProductPage'),
  },
  {
    ...office,
    path: '/produits/categories',
    deed: 'readCatalogue',
    page: () => import('./CategoriesPage'),
  },
  {
    ...office,
    path: '/produits/etiquettes',
    deed: 'readCatalogue',
    page: () => import('./LabelsPage'),
  },
  {
    ...office,
    path: '/produits/:id',
    deed: 'readCatalogue',
    page: () => import('./ProductPage'),
  },
  {
    ...office,
    path: '/produits/:id/modifier',
    deed: 'changeCatalogue',
    page: () => import('./EditProductPage'),
  },
] satisfies Route[];
