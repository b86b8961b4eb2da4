import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { formatQuantity } from '@/format/quantity';

type Reason = Schemas['Reason'];

/** Reasons for caution in words; a code that is not known here says what the server says. */
export function useReasonWords(): (reason: Reason) => string {
  const { t } = useTranslation('forecasts');
  return (reason) => {
    const figures = Object.fromEntries(
      Object.entries(reason.params as Record<string, unknown>).map(([name, value]) => [
        name,
        typeof value === 'number' ? formatQuantity(value) : String(value),
      ]),
    );
    return t(`reason.${reason.code}`, { ...figures, defaultValue: reason.detail });
  };
}
