import { useTranslation } from 'react-i18next';
import { openSheet } from '@/app/frame/layers';
import { Kbd } from '@/ui/Kbd';
import styles from '../till.module.css';

/** The keys that matter now, in the last 36 px. */
export function KeyHints({ keys }: { keys: { keys: string[]; does: string }[] }) {
  const { t } = useTranslation('till');
  return (
    <div className={styles['hints']} aria-hidden="true">
      {keys.map((entry) => (
        <span key={entry.does}>
          {entry.keys.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
          {entry.does}
        </span>
      ))}
      <button type="button" tabIndex={-1} onClick={openSheet}>
        <Kbd>?</Kbd>
        {t('key_all')}
      </button>
    </div>
  );
}
