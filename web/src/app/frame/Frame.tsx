import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useSession } from '@/auth/useSession';
import { PrintRoot } from '@/receipt/PrintRoot';
import { Button } from '@/ui/Button';
import { Toasts } from '@/ui/Toasts';
import { takeNewVersion, useNewVersion } from '../version';
import { RailList } from './Rail';
import { TopBar } from './TopBar';
import styles from './frame.module.css';
import { useLayer } from './layers';
import { useShortcuts } from './shortcuts';

const Palette = lazy(() => import('./Palette'));
const KeySheet = lazy(() => import('./KeySheet'));

/** What stands around every page of somebody who is signed in. */
export function Frame({ kind, children }: { kind: 'till' | 'office'; children: React.ReactNode }) {
  const { t } = useTranslation();
  const layer = useLayer();
  useShortcuts();
  return (
    <>
      <a href="#content" className={styles['skip']}>
        {t('skip')}
      </a>
      <TopBar frame={kind} />
      <SessionEnded />
      <NewVersion />
      {kind === 'till' ? (
        <main id="content" tabIndex={-1}>
          {children}
        </main>
      ) : (
        <div className={styles['body']}>
          <div className={styles['rail']}>
            <RailList />
          </div>
          <main id="content" className={styles['main']} tabIndex={-1}>
            {children}
          </main>
        </div>
      )}
      <Toasts />
      <PrintRoot />
      <Suspense>
        {layer === 'palette' && <Palette />}
        {layer === 'sheet' && <KeySheet />}
      </Suspense>
    </>
  );
}

/** A new version, offered while nothing is under way. */
function NewVersion() {
  const { t } = useTranslation();
  if (!useNewVersion()) return null;
  return (
    <div className={styles['news']} role="status">
      {t('state.new_version')}
      <Button onClick={takeNewVersion}>{t('state.reload')}</Button>
    </div>
  );
}

/** The server ended the session under an open ticket: everything stays, until somebody signs in. */
function SessionEnded() {
  const { t } = useTranslation();
  const { state } = useSession();
  const [location, go] = useLocation();
  if (state !== 'ended') return null;
  return (
    <div className={styles['ended']} role="alert">
      <strong>{t('bar.ended')}</strong>
      <Button
        onClick={() => {
          go(`/connexion?suite=${encodeURIComponent(location)}`);
        }}
      >
        {t('bar.sign_in_again')}
      </Button>
    </div>
  );
}
