import { IconAlertTriangle } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default {
  path: '/anomalies',
  name: 'anomalies',
  deed: 'readAnalytics',
  frame: 'office',
  place: { group: 2, order: 2 },
  icon: IconAlertTriangle,
  letter: 'a',
  page: () => import('./AnomaliesPage'),
} satisfies Route;
