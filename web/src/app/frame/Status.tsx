import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useConnection } from '@/connection/useConnection';
import { Disc } from '@/ui/Disc';
import { cx } from '@/ui/cx';
import styles from './frame.module.css';
import { useOutboxCounts } from '@/outbox/useOutboxCounts';

/** The connection and what waits, in one place. A full disc only when nothing waits. */
export function Status() {
  const { t } = useTranslation();
  const { online } = useConnection();
  const { waiting, refused } = useOutboxCounts();
  const queue = [
    waiting > 0 && t('net.queued_short', { count: waiting }),
    refused > 0 && t('net.refused', { count: refused }),
  ].filter(Boolean);
  const state = online ? t('net.online') : t('net.offline');
  const long =
    online && refused === 0 && waiting > 0 ? t('net.queued', { count: waiting }) : queue.join(', ');
  const kind = !online ? 'off' : queue.length > 0 ? 'half' : 'full';
  const words = (
    <>
      <Disc kind={kind} />
      <span className={styles['wide']}>{long ? `${state}\u00a0· ${long}` : state}</span>
      <span className={styles['narrowOnly']}>{queue[0] ?? state}</span>
    </>
  );
  const className = cx(styles['cell'], styles['ruleless']);
  if (queue.length === 0) {
    return (
      <div className={className} role="status">
        {words}
      </div>
    );
  }
  return (
    <Link href="/caisse?envoi" className={className} title={t('net.open_tray')}>
      {words}
    </Link>
  );
}
