import { IconCashRegister } from '@tabler/icons-react';
import type { Route } from '@/app/routes';

export default {
  path: '/caisse',
  name: 'till',
  deed: 'sell',
  frame: 'till',
  place: { group: 1, order: 1 },
  icon: IconCashRegister,
  letter: 'c',
  page: () => import('./TillPage'),
} satisfies Route;
