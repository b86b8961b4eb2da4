import 'i18next';
import type common from './words/common.fr';
import type problems from './words/problems.fr';
import type charts from './words/charts.fr';
import type findings from './words/findings.fr';
import type imports from '@/features/imports/words.fr';
import type anomalies from '@/features/anomalies/words.fr';
import type dashboard from '@/features/dashboard/words.fr';
import type forecasts from '@/features/forecasts/words.fr';
import type inventory from '@/features/inventory/words.fr';
import type jobs from '@/features/jobs/words.fr';
import type login from '@/features/login/words.fr';
import type orders from '@/features/orders/words.fr';
import type products from '@/features/products/words.fr';
import type profile from '@/features/profile/words.fr';
import type receipt from '@/features/receipt/words.fr';
import type reports from '@/features/reports/words.fr';
import type sales from '@/features/sales/words.fr';
import type settings from '@/features/settings/words.fr';
import type setup from '@/features/setup/words.fr';
import type till from '@/features/till/words.fr';
import type users from '@/features/users/words.fr';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    // One line for each feature with words of its own: what is not listed is no key.
    resources: {
      common: typeof common;
      problems: typeof problems;
      imports: typeof imports;
      anomalies: typeof anomalies;
      charts: typeof charts;
      dashboard: typeof dashboard;
      findings: typeof findings;
      forecasts: typeof forecasts;
      inventory: typeof inventory;
      jobs: typeof jobs;
      login: typeof login;
      orders: typeof orders;
      products: typeof products;
      profile: typeof profile;
      receipt: typeof receipt;
      reports: typeof reports;
      sales: typeof sales;
      settings: typeof settings;
      setup: typeof setup;
      till: typeof till;
      users: typeof users;
    };
  }
}
