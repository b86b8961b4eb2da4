import type { Route } from '@/app/routes';

export default {
  path: '/travaux',
  name: 'jobs',
  deed: 'readJobs',
  frame: 'office',
  page: () => import('./JobsPage'),
} satisfies Route;
