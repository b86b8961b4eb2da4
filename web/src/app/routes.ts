/**
 * The pages. A feature says where it lives in `features/<name>/route.ts`, one page or a list of them,
 * and is found here: nothing else has to be changed to add one.
 */
import type { ComponentType } from 'react';
import type { Icon } from '@tabler/icons-react';
import type { Deed } from '@/auth/roles';
import type common from '@/i18n/words/common.fr';

export interface Route {
  /** The address, as wouter matches it. */
  path: string;
  /** Its name in the rail, of `nav` in the common words. */
  name: Exclude<keyof (typeof common)['nav'], 'label'>;
  page: () => Promise<{ default: ComponentType }>;
  /** What one must be allowed to do to see it; nobody signed in where it is absent. */
  deed?: Deed;
  /** Which frame is drawn around it. `plain` draws none. */
  frame: 'till' | 'office' | 'plain';
  /** Its place in the rail, and its icon; absent for pages that are reached from elsewhere. */
  place?: { group: 1 | 2 | 3; order: number };
  icon?: Icon;
  /** The key after G that goes there, a letter. */
  letter?: string;
  /** Only beside the dev server. */
  devOnly?: boolean;
}

const found = import.meta.glob<Route | Route[]>('../features/*/route.ts', {
  eager: true,
  import: 'default',
});

/** In the order in which an address is compared with them: within a feature, as it lists them. */
export const routes: readonly Route[] = Object.values(found)
  .flat()
  .filter((route) => !route.devOnly || __DEV_PAGES__);

/** What stands in the rail for somebody, in its order. */
export function railOf(may: (deed: Deed) => boolean): Route[] {
  return routes
    .filter((route) => route.place && (!route.deed || may(route.deed)))
    .sort((a, b) => placeOf(a) - placeOf(b));
}

/** Every page with a name and an address of its own: those of the rail, then those without a place in it. */
export function pagesOf(may: (deed: Deed) => boolean): Route[] {
  const rail = railOf(may);
  const names = new Set(rail.map((route) => route.name));
  const others = routes.filter((route) => {
    const isWhole = route.frame !== 'plain' && !route.path.includes(':');
    if (!isWhole || !route.deed || !may(route.deed) || names.has(route.name)) return false;
    names.add(route.name);
    return true;
  });
  return [...rail, ...others];
}

const placeOf = (route: Route) => (route.place ? route.place.group * 100 + route.place.order : 0);

/** Where somebody begins: the till for who sells, else the first page of the rail. */
export function homeOf(may: (deed: Deed) => boolean): string {
  if (may('sell')) return '/caisse';
  return railOf(may)[0]?.path ?? '/profil';
}
