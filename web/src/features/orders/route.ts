import { IconTruck } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default {
  path: '/commandes',
  name: 'orders',
  frame: 'office',
  deed: 'readAnalytics',
  place: { group: 1, order: 60 },
  icon: IconTruck,
  page: () => import('./OrdersPage'),
} satisfies Route;
