import { IconChartLine } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default {
  path: '/previsions',
  name: 'forecasts',
  deed: 'readAnalytics',
  frame: 'office',
  place: { group: 2, order: 1 },
  icon: IconChartLine,
  letter: 'v',
  page: () => import('./ForecastsPage'),
} satisfies Route;
