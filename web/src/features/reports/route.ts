import { IconFileText } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default {
  path: '/rapports',
  name: 'reports',
  deed: 'readReports',
  frame: 'office',
  place: { group: 2, order: 3 },
  icon: IconFileText,
  letter: 'r',
  page: () => import('./ReportsPage'),
} satisfies Route;
