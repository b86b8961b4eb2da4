import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { probe } from '@/connection/connection';
import { useConnection } from '@/connection/useConnection';
import { rememberedShop } from '@/shop/remembered';
import { changeLanguage, currentLanguage } from '@/i18n';
import { Disc } from '@/ui/Disc';
import { Segments } from '@/ui/fields';
import { Sign } from '@/ui/Sign';
import styles from './login.module.css';

/** The cover of the register: the shop as this machine last knew it, and whether the server answers. */
export function Cover() {
  const { t } = useTranslation('login');
  const { online } = useConnection();
  const shop = rememberedShop();
  useEffect(() => {
    void probe();
  }, []);
  return (
    <header className={styles['cover']}>
      <div className={styles['top']}>
        <div className={styles['brand']}>
          <Sign size={26} />
          SalesFlow
        </div>
        <div className={styles['coverLanguage']}>
          <LanguageSwitch />
        </div>
      </div>
      <div>
        <p className={styles['shop']}>{shop?.name ?? 'SalesFlow'}</p>
        <p className={styles['address']}>{shop?.receipt_header ?? t('tagline')}</p>
      </div>
      <p className={styles['server']} role="status">
        <Disc kind={online ? 'full' : 'off'} />
        {online ? t('reachable') : t('unreachable')}
      </p>
    </header>
  );
}

export function LanguageSwitch() {
  const { t } = useTranslation();
  return (
    <Segments
      label={t('language.label')}
      value={currentLanguage()}
      onChange={(language) => void changeLanguage(language)}
      options={[
        { value: 'fr', label: 'Français', lang: 'fr' },
        { value: 'en', label: 'English', lang: 'en' },
      ]}
    />
  );
}
