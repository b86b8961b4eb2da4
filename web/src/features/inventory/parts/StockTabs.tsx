import {
  IconAdjustments,
  IconArrowsExchange,
  IconPackageImport,
  IconScan,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { locationsQuery } from '@/api/queries';
import { useMay } from '@/auth/useSession';
import { ButtonLink } from '@/ui/Button';
import { Tabs } from '@/ui/page';

const TABS = [
  ['/inventaire', 'levels'],
  ['/inventaire/mouvements', 'ledger'],
  ['/inventaire/bons', 'documents'],
] as const;

export function StockTabs({ current }: { current: (typeof TABS)[number][0] }) {
  const { t } = useTranslation('inventory');
  return (
    <Tabs
      label={t('views')}
      tabs={TABS.map(([to, label]) => ({ to, label: t(label), current: to === current }))}
    />
  );
}

/** What can be done with stock; a second place is needed to move goods between places. */
export function StockDeeds() {
  const { t } = useTranslation('inventory');
  const may = useMay();
  const { data: locations } = useQuery(locationsQuery);
  if (!may('moveStock')) return null;
  return (
    <>
      {(locations?.filter((place) => !place.archived).length ?? 0) > 1 && (
        <ButtonLink to="/inventaire/transferer">
          <IconArrowsExchange size={18} stroke={1.7} aria-hidden />
          {t('transfer')}
        </ButtonLink>
      )}
      <ButtonLink to="/inventaire/corriger">
        <IconAdjustments size={18} stroke={1.7} aria-hidden />
        {t('adjust')}
      </ButtonLink>
      <ButtonLink to="/inventaire/compter">
        <IconScan size={18} stroke={1.7} aria-hidden />
        {t('count')}
      </ButtonLink>
      <ButtonLink to="/inventaire/recevoir" look="ink">
        <IconPackageImport size={18} stroke={1.7} aria-hidden />
        {t('receive')}
      </ButtonLink>
    </>
  );
}
