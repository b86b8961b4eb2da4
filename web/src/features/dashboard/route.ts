import { IconLayoutDashboard } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default {
  path: '/tableau',
  name: 'dashboard',
  deed: 'readAnalytics',
  frame: 'office',
  place: { group: 1, order: 20 },
  icon: IconLayoutDashboard,
  letter: 't',
  page: () => import('./DashboardPage'),
} satisfies Route;
