import { IconAlertTriangle, IconRosetteDiscountCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { proofQuery } from '@/api/queries';
import { useMay } from '@/auth/useSession';
import { formatQuantity } from '@/format/quantity';
import { cx } from '@/ui/cx';
import { useAge, useNow } from '@/ui/states';
import styles from './frame.module.css';

/** Whether the books were proved, when, and up to which movement. */
export function BookBadge() {
  const { t } = useTranslation();
  const may = useMay();
  const age = useAge();
  const now = useNow(60_000);
  const { data } = useQuery({ ...proofQuery, enabled: may('verifyBooks') });
  if (!data?.at || data.ok === null) return null;
  const Icon = data.ok ? IconRosetteDiscountCheck : IconAlertTriangle;
  return (
    <div
      className={cx(styles['cell'], styles['wide'], styles[data.ok ? 'proved' : 'differs'])}
      title={
        data.position === null
          ? undefined
          : t('bar.book_position', {
              position: formatQuantity(data.position),
              newest: formatQuantity(data.newest_position),
            })
      }
    >
      <Icon size={18} stroke={1.7} aria-hidden />
      {data.ok
        ? t('bar.book_ok', { age: age(now - Date.parse(data.at)) })
        : t('bar.book_off', { count: data.differences ?? 0 })}
    </div>
  );
}
