import type { Route } from '@/app/routes';

export default {
  path: '/profil',
  name: 'profile',
  deed: 'useOwnAccount',
  frame: 'office',
  page: () => import('./ProfilePage'),
} satisfies Route;
