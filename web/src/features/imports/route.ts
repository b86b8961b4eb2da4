import { IconFileImport } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default [
  {
    path: '/import',
    name: 'import',
    deed: 'importFiles',
    frame: 'office',
    place: { group: 1, order: 70 },
    icon: IconFileImport,
    page: () => import('./ImportsPage'),
  },
  {
    path: '/import/:id/:step?',
    name: 'import',
    deed: 'importFiles',
    frame: 'office',
    page: () => import('./ImportPage'),
  },
] satisfies Route[];
