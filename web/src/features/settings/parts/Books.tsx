import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { hasEnded, useJob } from '@/api/jobs';
import { asProblem, problemSentence } from '@/api/problem';
import { proofQuery } from '@/api/queries';
import { formatMoment } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Details } from '@/ui/Details';
import { Progress } from '@/ui/marks';
import { Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import styles from '../settings.module.css';

/** When the books were last proved, up to which movement, and a proof now. */
export function Books() {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(proofQuery);
  const [id, setId] = useState<string>();
  const job = useJob(id);
  const state = job && hasEnded(job) ? job.state : undefined;
  const prove = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/inventory/verify')),
    onSuccess: (ordered) => {
      setId(ordered.id);
    },
    onError: (failure) => {
      toast(problemSentence(asProblem(failure)), { bad: true });
    },
  });
  useEffect(() => {
    if (state) void client.invalidateQueries({ queryKey: proofQuery.queryKey });
  }, [client, state]);
  const isRunning = prove.isPending || (id !== undefined && !state);
  return (
    <Section
      title={t('books')}
      note={t('books_note')}
      action={
        isRunning ? (
          <Progress value={job?.progress ?? 0} label={t('books_proving')} />
        ) : (
          <Button
            onClick={() => {
              prove.mutate();
            }}
          >
            {t('books_prove')}
          </Button>
        )
      }
    >
      {data ? (
        <Details
          items={[
            {
              label: t('books_last'),
              value: data.at === null ? t('books_never') : formatMoment(data.at),
            },
            {
              label: t('books_result'),
              value:
                data.ok === null ? (
                  '–'
                ) : data.ok ? (
                  <span className={styles['good']}>{t('books_ok')}</span>
                ) : (
                  <span className={styles['bad']}>
                    {t('books_off', { count: data.differences ?? 0 })}
                  </span>
                ),
            },
            {
              label: t('books_position'),
              value: t('books_position_of', {
                position: data.position === null ? '–' : formatQuantity(data.position),
                newest: formatQuantity(data.newest_position),
              }),
            },
          ]}
        />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton rows={3} widths={[30, 40]} />
      )}
    </Section>
  );
}
