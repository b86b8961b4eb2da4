import { IconSettings } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

const settings = { name: 'settings', deed: 'changeSettings', frame: 'office' } as const;

export default [
  {
    ...settings,
    path: '/parametres',
    place: { group: 3, order: 20 },
    icon: IconSettings,
    page: () => import('./ShopPage'),
  },
  { ...settings, path: '/parametres/ticket', page: () => import('./ReceiptPage') },
  { ...settings, path: '/parametres/lieux', page: () => import('./PlacesPage') },
  { ...settings, path: '/parametres/paiement', page: () => import('./AccountsPage') },
] satisfies Route[];
