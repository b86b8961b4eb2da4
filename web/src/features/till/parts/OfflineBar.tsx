import { IconCloudOff, IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { probe } from '@/connection/connection';
import { useConnection } from '@/connection/useConnection';
import { formatTime } from '@/format/dates';
import { Button } from '@/ui/Button';
import { useAge, useNow } from '@/ui/states';
import styles from '../till.module.css';

/** Not red: the till works. Since when, how old prices and stock are, what has to wait. */
export function OfflineBar({ syncedAt }: { syncedAt: number | undefined }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const { online, since } = useConnection();
  const age = useAge();
  const now = useNow();
  if (online) return null;
  return (
    <div className={styles['offline']} role="status">
      <IconCloudOff size={20} stroke={1.6} aria-hidden />
      <strong>{t('offline_since', { time: formatTime(since) })}</strong>
      <span>
        {syncedAt ? t('offline_age', { age: age(now - syncedAt) }) : t('offline_goes_on')}
      </span>
      <small>{t('offline_waits')}</small>
      <Button onClick={() => void probe()}>
        <IconRefresh size={16} stroke={1.7} aria-hidden />
        {common('state.retry')}
      </Button>
    </div>
  );
}
