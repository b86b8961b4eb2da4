/** Roles and what each may do: `kernel::roles` of the server. It decides; the app only hides. */

import type { components } from '@/api/schema';

export type Role = components['schemas']['Role'];

const EVERYBODY: Role[] = ['admin', 'manager', 'cashier', 'viewer'];
const OFFICE: Role[] = ['admin', 'manager', 'viewer'];
const SELLERS: Role[] = ['admin', 'manager', 'cashier'];
const MANAGERS: Role[] = ['admin', 'manager'];
const OWNER: Role[] = ['admin'];

const ALLOWED = {
  useOwnAccount: EVERYBODY,
  readCatalogue: EVERYBODY,
  readSales: EVERYBODY,
  readSettings: EVERYBODY,
  readAllSales: OFFICE,
  readCosts: OFFICE,
  readStock: OFFICE,
  readAnalytics: OFFICE,
  readReports: OFFICE,
  readJobs: OFFICE,
  verifyBooks: OFFICE,
  sell: SELLERS,
  changeCatalogue: MANAGERS,
  changePrices: MANAGERS,
  enterLateSales: MANAGERS,
  moveStock: MANAGERS,
  refundSales: MANAGERS,
  voidSales: MANAGERS,
  importFiles: MANAGERS,
  manageJobs: MANAGERS,
  judgeAnomalies: MANAGERS,
  createReports: MANAGERS,
  exportData: MANAGERS,
  manageUsers: OWNER,
  changeSettings: OWNER,
  readAudit: OWNER,
} satisfies Record<string, Role[]>;

export type Deed = keyof typeof ALLOWED;

export function roleMay(role: Role, deed: Deed): boolean {
  return ALLOWED[deed].includes(role);
}
