import { IconClipboardList } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

const office = { name: 'inventory', frame: 'office' } as const;

export default [
  {
    ...office,
    path: '/inventaire',
    deed: 'readStock',
    place: { group: 1, order: 50 },
    icon: IconClipboardList,
    letter: 'i',
    page: () => import('./LevelsPage'),
  },
  {
    ...office,
    path: '/inventaire/mouvements',
    deed: 'readStock',
    page: () => import('./MovementsPage'),
  },
  {
    ...office,
    path: '/inventaire/bons',
    deed: 'readStock',
    page: () => import('./DocumentsPage'),
  },
  {
    ...office,
    path: '/inventaire/recevoir',
    deed: 'moveStock',
    page: () => import('./ReceivePage'),
  },
  {
    ...office,
    path: '/inventaire/corriger',
    deed: 'moveStock',
    page: () => import('./AdjustPage'),
  },
  {
    ...office,
    path: '/inventaire/transferer',
    deed: 'moveStock',
    page: () => import('./TransferPage'),
  },
  { ...office, path: '/inventaire/compter', deed: 'moveStock', page: () => import('./CountPage') },
] satisfies Route[];
