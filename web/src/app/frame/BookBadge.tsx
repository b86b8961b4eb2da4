import { IconAlertTriangle, IconRosetteDiscountCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useMay } from '@/auth/useSession';
import { cx } from '@/ui/cx';
import { useAge, useNow } from '@/ui/states';
import styles from './frame.module.css';

/** Whether the books were proved, and when: the last job that looked at all of them. */
export function BookBadge() {
  const { t } = useTranslation();
  const may = useMay();
  const age = useAge();
  const now = useNow(60_000);
  const { data } = useQuery({
    queryKey: ['jobs', 'books.verify', 'last'],
    queryFn: async ({ signal }) => {
      const query = { kind: 'books.verify', state: 'done', limit: 1 } as const;
      const page = await ok(api.GET('/api/v1/jobs', { params: { query }, signal }));
      return page.items[0] ?? null;
    },
    enabled: may('readJobs'),
    staleTime: 5 * 60_000,
  });
  if (data?.kind !== 'books.verify' || !data.result || !data.finished_at) return null;
  const differences = data.result.differences.length;
  const when = age(now - Date.parse(data.finished_at));
  const Icon = data.result.ok ? IconRosetteDiscountCheck : IconAlertTriangle;
  return (
    <div
      className={cx(styles['cell'], styles['wide'], styles[data.result.ok ? 'proved' : 'differs'])}
    >
      <Icon size={18} stroke={1.7} aria-hidden />
      {data.result.ok ? t('bar.book_ok', { age: when }) : t('bar.book_off', { count: differences })}
    </div>
  );
}
