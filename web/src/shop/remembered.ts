/** The shop as this machine last saw it: for the time before an answer, offline, and the sign-in page. */

import type { components } from '@/api/schema';

export type ShopSettings = components['schemas']['SettingsView'];

const KEY = 'salesflow.shop';

export function rememberedShop(): ShopSettings | undefined {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? 'null') as ShopSettings | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function rememberShop(settings: ShopSettings): void {
  localStorage.setItem(KEY, JSON.stringify(settings));
}

/** The shop's name as the cover has room for it: without what kind of shop it is. */
export function shortName(name: string): string {
  const short = name.replace(
    /^(Alimentation|Boutique|Magasin|Épicerie|Ets|Établissements?)\s+/i,
    '',
  );
  return short === '' ? name : short;
}
