import type { Route } from '@/app/routes';

export default {
  path: '/recu/:id',
  name: 'sales',
  deed: 'readSales',
  frame: 'plain',
  page: () => import('./ReceiptPage'),
} satisfies Route;
