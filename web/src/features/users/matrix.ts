import type { Deed } from '@/auth/roles';
import type fr from './words.fr';

/** The rows of "who may do what": the words of each, and the right that it stands for. */
export const MATRIX: readonly (readonly [keyof (typeof fr)['deed'], Deed])[] = [
  ['sell', 'sell'],
  ['own_sales', 'readSales'],
  ['all_sales', 'readAllSales'],
  ['prices', 'changePrices'],
  ['refund', 'refundSales'],
  ['costs', 'readCosts'],
  ['stock', 'readStock'],
  ['move', 'moveStock'],
  ['catalogue', 'changeCatalogue'],
  ['import', 'importFiles'],
  ['figures', 'readAnalytics'],
  ['judge', 'judgeAnomalies'],
  ['reports', 'readReports'],
  ['order_reports', 'createReports'],
  ['users', 'manageUsers'],
  ['settings', 'changeSettings'],
];
