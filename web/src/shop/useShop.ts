import { useQuery } from '@tanstack/react-query';
import { ratesQuery, settingsQuery } from '@/api/queries';
import { formatRate } from '@/format/money';
import { rememberedShop, type ShopSettings } from './remembered';

/** The settings, and the rate of the day in words; the settings from memory while there is no answer. */
export function useShop(): { settings: ShopSettings | undefined; rate: string | undefined } {
  const { data } = useQuery(settingsQuery);
  const { data: rates } = useQuery(ratesQuery);
  const settings = data ?? rememberedShop();
  const rate = rates?.[0];
  return {
    settings,
    rate:
      rate && settings
        ? formatRate(rate.rate_micros, rate.rate_side, rate.currency, settings.currency)
        : undefined,
  };
}
