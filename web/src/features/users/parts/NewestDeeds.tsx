import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { newestDeedsQuery, type User } from '../queries';
import styles from '../users.module.css';
import { deedTime, useActorName, useDeedWords } from './Deed';

/** The last five lines of the log, of all or of the chosen user. */
export function NewestDeeds({ chosen }: { chosen: User | undefined }) {
  const { t } = useTranslation('users');
  const words = useDeedWords();
  const nameOf = useActorName();
  const { data, error, isPending, refetch } = useQuery(newestDeedsQuery(chosen?.id));
  return (
    <Section
      title={t('audit')}
      action={
        <Link href={`/utilisateurs/journal${chosen ? `?qui=${chosen.id}` : ''}`}>
          {t('audit_all')}
        </Link>
      }
    >
      {isPending && <Skeleton rows={5} widths={[20, 80]} />}
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className={styles['quiet']}>{t('audit_none')}</p>}
      {data && data.length > 0 && (
        <ul className={styles['deeds']}>
          {data.map((entry) => (
            <li key={entry.id}>
              <time dateTime={entry.recorded_at}>{deedTime(entry)}</time>
              <span>
                <b>{nameOf(entry)}</b> {words(entry)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
