import type { Route } from '@/app/routes';

export default {
  path: '/ouverture',
  name: 'settings',
  frame: 'plain',
  page: () => import('./SetupPage'),
} satisfies Route;
