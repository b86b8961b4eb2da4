import { useTranslation } from 'react-i18next';
import { Tabs } from '@/ui/page';

export function UsersTabs({
  current,
  count,
}: {
  current: 'users' | 'audit';
  count?: number | undefined;
}) {
  const { t } = useTranslation('users');
  return (
    <Tabs
      label={t('tabs')}
      tabs={[
        {
          to: '/utilisateurs',
          label: count === undefined ? t('tab_users') : `${t('tab_users')} ${count}`,
          current: current === 'users',
        },
        { to: '/utilisateurs/journal', label: t('tab_audit'), current: current === 'audit' },
      ]}
    />
  );
}
