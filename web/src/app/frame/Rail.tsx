import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { useMay } from '@/auth/useSession';
import { cx } from '@/ui/cx';
import { useBadges } from '../badges';
import { railOf, type Route } from '../routes';
import styles from './frame.module.css';

/** The pages that this role has, in three groups. */
export function RailList({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const groups = ([1, 2, 3] as const).map((group) =>
    railOf(may).filter((route) => route.place?.group === group),
  );
  return (
    <nav aria-label={t('nav.label')}>
      {groups
        .filter((group) => group.length > 0)
        .map((group) => (
          <ul key={group[0]?.path}>
            {group.map((route) => (
              <RailItem key={route.path} route={route} {...(onGo && { onGo })} />
            ))}
          </ul>
        ))}
    </nav>
  );
}

function RailItem({ route, onGo }: { route: Route; onGo?: () => void }) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const badge = useBadges()[route.name];
  const current = location === route.path || location.startsWith(`${route.path}/`);
  const Icon = route.icon;
  return (
    <li>
      <Link
        href={route.path}
        className={styles['item']}
        aria-current={current ? 'page' : undefined}
        {...(onGo && { onClick: onGo })}
      >
        {Icon && <Icon size={20} stroke={1.6} aria-hidden />}
        <span>{t(`nav.${route.name}`)}</span>
        {badge && badge.count > 0 && (
          <b className={cx(styles['badge'], badge.alert && styles['alert'])}>{badge.count}</b>
        )}
      </Link>
    </li>
  );
}
