import type { Route } from '@/app/routes';

export default {
  path: '/connexion',
  name: 'profile',
  frame: 'plain',
  page: () => import('./LoginPage'),
} satisfies Route;
