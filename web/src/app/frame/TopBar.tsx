import { IconKeyboard, IconMenu2, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useMay } from '@/auth/useSession';
import { Drawer } from '@/ui/Dialog';
import { Kbd } from '@/ui/Kbd';
import { Sign } from '@/ui/Sign';
import { cx } from '@/ui/cx';
import { homeOf, railOf, routes } from '../routes';
import { Account } from './Account';
import { BookBadge } from './BookBadge';
import { RailList } from './Rail';
import { Status } from './Status';
import styles from './frame.module.css';
import { openPalette, openSheet } from './layers';
import { shortName } from '@/shop/remembered';
import { useShop } from '@/shop/useShop';

/** The cover of the register, 52 px over everything: of the office, or of the till. */
export function TopBar({ frame }: { frame: 'till' | 'office' }) {
  const { t } = useTranslation();
  const { settings, rate } = useShop();
  const may = useMay();
  const [location] = useLocation();
  const page = routes.find(({ path }) => location === path || location.startsWith(`${path}/`));
  const shop = settings ? shortName(settings.name) : t('app');
  return (
    <header className={cx(styles['bar'], styles[frame])}>
      <Link href={homeOf(may)} className={styles['brand']}>
        <span className={styles['sign']}>
          <Sign />
        </span>
        <span className={styles['tabletName']}>{shop}</span>
        <span className={styles['phoneName']}>{page ? t(`nav.${page.name}`) : shop}</span>
      </Link>
      {frame === 'till' ? <TillTabs /> : <PaletteButton />}
      <div className={styles['spacer']} />
      {frame === 'office' && <BookBadge />}
      <Status />
      {rate && <div className={cx(styles['cell'], styles['wide'])}>{rate}</div>}
      <Account />
      {frame === 'till' && (
        <button
          type="button"
          className={cx(styles['cell'], styles['wide'])}
          aria-label={t('bar.keys')}
          onClick={openSheet}
        >
          <IconKeyboard size={20} stroke={1.6} aria-hidden />
        </button>
      )}
      <Menu frame={frame} />
    </header>
  );
}

function PaletteButton() {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className={cx(styles['search'])}
      aria-keyshortcuts="Control+K"
      onClick={openPalette}
    >
      <IconSearch size={16} stroke={1.7} aria-hidden />
      <span>{t('bar.search')}</span>
      <Kbd inherit>{t('key.ctrl')} K</Kbd>
    </button>
  );
}

/** The till has no rail: the pages that a seller needs stand in the bar. */
function TillTabs() {
  const { t } = useTranslation();
  const may = useMay();
  const [location] = useLocation();
  const shown = railOf(may).filter(({ name }) => ['till', 'sales', 'inventory'].includes(name));
  return (
    <nav className={styles['tabs']} aria-label={t('nav.label')}>
      {shown.map((route) => (
        <Link
          key={route.path}
          href={route.path}
          aria-current={location === route.path ? 'page' : undefined}
          className={route.name === 'till' ? undefined : styles['wide']}
        >
          {t(`nav.${route.name}`)}
        </Link>
      ))}
    </nav>
  );
}

/** All pages, where there is no room for the rail. */
function Menu({ frame }: { frame: 'till' | 'office' }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const close = () => {
    setOpened(false);
  };
  return (
    <>
      <button
        type="button"
        className={cx(
          styles['cell'],
          styles['first'],
          frame === 'till' ? styles['menuOnly'] : styles['phoneOnly'],
        )}
        aria-label={t('bar.menu')}
        aria-haspopup="dialog"
        onClick={() => {
          setOpened(true);
        }}
      >
        <IconMenu2 size={22} stroke={1.6} aria-hidden />
      </button>
      <Drawer title={t('bar.menu')} opened={opened} onClose={close} size={300}>
        <div className={styles['drawerList']}>
          <RailList onGo={close} />
        </div>
      </Drawer>
    </>
  );
}
