import { useTranslation } from 'react-i18next';
import { Tabs } from '@/ui/page';

export function SettingsTabs({ current }: { current: 'shop' | 'receipt' | 'accounts' | 'places' }) {
  const { t } = useTranslation('settings');
  return (
    <Tabs
      label={t('tabs')}
      tabs={[
        { to: '/parametres', label: t('tab_shop'), current: current === 'shop' },
        { to: '/parametres/ticket', label: t('tab_receipt'), current: current === 'receipt' },
        {
          to: '/parametres/paiement',
          label: t('tab_accounts'),
          current: current === 'accounts',
        },
        { to: '/parametres/lieux', label: t('tab_places'), current: current === 'places' },
      ]}
    />
  );
}
