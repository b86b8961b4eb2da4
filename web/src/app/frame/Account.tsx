import { IconUser } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { signOut } from '@/auth/session';
import { useSession } from '@/auth/useSession';
import { changeLanguage, currentLanguage } from '@/i18n';
import { Button } from '@/ui/Button';
import { Drawer } from '@/ui/Dialog';
import { Segments } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { useAppearance } from '../appearance';
import styles from './frame.module.css';
import { useOutboxCounts } from '@/outbox/useOutboxCounts';

/** Who is signed in; opens language, appearance, own account and the way out. */
export function Account() {
  const { t } = useTranslation();
  const { user } = useSession();
  const [opened, setOpened] = useState(false);
  const close = () => {
    setOpened(false);
  };
  if (!user) return null;
  return (
    <>
      <button
        type="button"
        className={styles['cell']}
        aria-haspopup="dialog"
        onClick={() => {
          setOpened(true);
        }}
      >
        <IconUser size={20} stroke={1.6} aria-hidden />
        <span className={styles['wide']}>{user.name}</span>
        <span className="visually-hidden">{t('bar.person')}</span>
      </button>
      <Drawer title={user.name} opened={opened} onClose={close} size={340}>
        <AccountPanel onDone={close} />
      </Drawer>
    </>
  );
}

function AccountPanel({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { waiting, refused } = useOutboxCounts();
  const [appearance, setAppearance] = useAppearance();
  const [, go] = useLocation();
  const unsent = waiting + refused;
  return (
    <div className={styles['account']}>
      <p>
        {user && t(`role.${user.role}`)}
        <br />
        {user?.email}
      </p>
      <Link href="/profil" onClick={onDone}>
        {t('nav.profile')}
      </Link>
      <div>
        <p>{t('language.label')}</p>
        <Segments
          label={t('language.label')}
          value={currentLanguage()}
          onChange={(language) => void changeLanguage(language)}
          options={[
            { value: 'fr', label: 'Français', lang: 'fr' },
            { value: 'en', label: 'English', lang: 'en' },
          ]}
        />
      </div>
      <div>
        <p>{t('theme.label')}</p>
        <Segments
          label={t('theme.label')}
          value={appearance}
          onChange={setAppearance}
          options={[
            { value: 'light', label: t('theme.light') },
            { value: 'dark', label: t('theme.dark') },
            { value: 'auto', label: t('theme.auto') },
          ]}
        />
      </div>
      {unsent > 0 && <Notice title={t('bar.sign_out_refused', { count: unsent })} />}
      <Button
        disabled={unsent > 0}
        onClick={() => {
          void signOut();
          onDone();
          go('/connexion');
        }}
      >
        {t('bar.sign_out')}
      </Button>
    </div>
  );
}
