import 'i18next';
import type common from './words/common.fr';
import type problems from './words/problems.fr';
import type login from '@/features/login/words.fr';
import type profile from '@/features/profile/words.fr';
import type receipt from '@/features/receipt/words.fr';
import type setup from '@/features/setup/words.fr';
import type users from '@/features/users/words.fr';
import type till from '@/features/till/words.fr';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    // One line for each feature with words of its own: what is not listed is no key.
    resources: {
      common: typeof common;
      problems: typeof problems;
      login: typeof login;
      profile: typeof profile;
      receipt: typeof receipt;
      setup: typeof setup;
      till: typeof till;
      users: typeof users;
    };
  }
}
