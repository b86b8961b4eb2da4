import { IconReceipt } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

const office = { name: 'sales', frame: 'office', deed: 'readSales' } as const;

export default [
  {
    ...office,
    path: '/ventes',
    place: { group: 1, order: 30 },
    icon: IconReceipt,
    letter: 's',
    page: () => import('./SalesPage'),
  },
  {
    ...office,
    path: '/ventes/remboursements',
    page: () => import('./RefundsPage'),
  },
] satisfies Route[];
