import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx';
import styles from './overlays.module.css';
import { currentToasts, dismissToast, subscribeToasts } from './toasts';

/** Where toasts appear; once, in the frame. */
export function Toasts() {
  const { t } = useTranslation();
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts);
  return (
    <div className={styles['toasts']} role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={cx(styles['toast'], toast.bad && styles['bad'])}>
          <p>{toast.words}</p>
          {toast.undo && (
            <button
              type="button"
              onClick={() => {
                toast.undo?.();
                dismissToast(toast.id);
              }}
            >
              {t('action.undo')}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
