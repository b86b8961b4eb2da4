import { IconUsers } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default [
  {
    path: '/utilisateurs',
    name: 'users',
    deed: 'manageUsers',
    frame: 'office',
    place: { group: 3, order: 10 },
    icon: IconUsers,
    letter: 'u',
    page: () => import('./UsersPage'),
  },
  {
    path: '/utilisateurs/journal',
    name: 'audit',
    deed: 'readAudit',
    frame: 'office',
    page: () => import('./AuditPage'),
  },
] satisfies Route[];
