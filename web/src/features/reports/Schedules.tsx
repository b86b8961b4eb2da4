import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { hasEnded, useJob, type Job } from '@/api/jobs';
import { usePeople } from '@/api/people';
import { asProblem, problemSentence } from '@/api/problem';
import { useSession } from '@/auth/useSession';
import { formatMoment } from '@/format/dates';
import { Button } from '@/ui/Button';
import { Progress } from '@/ui/marks';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import type { Kind } from './kinds';
import styles from './reports.module.css';
import { again, type Schedule } from './scheduling';
import { useWhenWords } from './useScheduleWords';

// Opened rarely, and by few.
const ScheduleDialog = lazy(() => import('./ScheduleDialog'));

const KEY = ['schedules'];

/** Reports that are made by themselves: one's own, and for the owner those of everybody. */
export function Schedules({ kind }: { kind: Kind }) {
  const { t } = useTranslation('reports');
  const { t: common } = useTranslation();
  const [isNew, setNew] = useState(false);
  const list = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/schedules', {
          params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const [first] = list.data?.pages ?? [];
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const may = { mail: first?.mail_configured ?? false, store: first?.folder_configured ?? false };
  const canGo = may.mail || may.store;
  const open = () => {
    setNew(true);
  };
  return (
    <Section
      title={t('schedules')}
      note={t('schedules_note')}
      action={canGo ? <Button onClick={open}>{t('schedule_do')}</Button> : null}
    >
      {list.isPending ? (
        <Skeleton rows={2} widths={[60, 20, 20]} />
      ) : list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length > 0 ? (
        <ul className={styles['making']} aria-label={t('schedules')}>
          {rows.map((schedule) => (
            <Row key={schedule.id} schedule={schedule} />
          ))}
        </ul>
      ) : canGo ? (
        <NoRecords title={t('schedules_none')}>{t('schedules_none_why')}</NoRecords>
      ) : (
        <NoRecords title={t('schedules_nowhere')}>{t('schedules_nowhere_why')}</NoRecords>
      )}
      {list.hasNextPage && (
        <p className={styles['more']}>
          <Button
            look="link"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {common('action.more')}
          </Button>
        </p>
      )}
      {isNew && (
        <Suspense>
          <ScheduleDialog
            first={kind}
            canMail={may.mail}
            canStore={may.store}
            onClose={() => {
              setNew(false);
            }}
          />
        </Suspense>
      )}
    </Section>
  );
}

function Row({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation('reports');
  const { user } = useSession();
  const { nameOf } = usePeople();
  const whenWords = useWhenWords();
  const { kind, format, period, cron, paused, next_run_at: next } = schedule;
  const name = `${t(`kind.${kind}`)}, ${whenWords(cron)}`;
  const by = schedule.user_id === user?.id ? undefined : nameOf(schedule.user_id);
  const goes = [schedule.to_folder ? t('in_folder') : '', ...schedule.recipients].filter(Boolean);
  return (
    <li>
      <strong>
        {name}
        <small>
          {`${t(`days.${period}`)}, ${t(`order_${format}`)}, ${goes.join(', ')}`}
          {by && `, ${t('by', { name: by })}`}
        </small>
        <small>
          {paused || !next ? t('paused') : t('next', { moment: formatMoment(next) })}
          {' · '}
          <LastRun last={schedule.last_run} />
        </small>
      </strong>
      <Deeds schedule={schedule} name={name} />
    </li>
  );
}

/** What can be done with a schedule. Deleting can be undone: it is made again as it was. */
function Deeds({ schedule, name }: { schedule: Schedule; name: string }) {
  const { t } = useTranslation('reports');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const { id, paused, version } = schedule;
  const renew = () => client.invalidateQueries({ queryKey: KEY });
  const refuse = (failure: unknown) => {
    toast(problemSentence(asProblem(failure)), { bad: true });
    return renew();
  };
  const pause = useMutation({
    mutationFn: () => setPaused(id, !paused, version),
    onSuccess: renew,
    onError: refuse,
  });
  const run = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/schedules/{id}/run', { params: { path: { id } } })),
    onSuccess: () => {
      toast(t('schedule_runs'));
      return renew();
    },
    onError: refuse,
  });
  const remove = useMutation({
    mutationFn: () => ok(api.DELETE('/api/v1/schedules/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      toast(t('schedule_deleted'), {
        undo: () => void makeAgain(schedule).then(renew, refuse),
      });
      return renew();
    },
    onError: refuse,
  });
  const busy = pause.isPending || run.isPending || remove.isPending;
  return (
    <span className={styles['deeds']} role="group" aria-label={name}>
      <Button
        look="link"
        disabled={busy}
        onClick={() => {
          run.mutate();
        }}
      >
        {t('run_now')}
      </Button>
      <Button
        look="link"
        disabled={busy}
        onClick={() => {
          pause.mutate();
        }}
      >
        {t(paused ? 'resume' : 'pause')}
      </Button>
      <Button
        look="link"
        disabled={busy}
        onClick={() => {
          remove.mutate();
        }}
      >
        {common('action.delete')}
      </Button>
    </span>
  );
}

const setPaused = (id: string, paused: boolean, version: number) =>
  ok(
    api.PATCH('/api/v1/schedules/{id}', {
      params: { path: { id }, header: { 'If-Match': `"${version}"` } },
      body: { paused },
    }),
  );

async function makeAgain(schedule: Schedule): Promise<void> {
  const made = await ok(api.POST('/api/v1/schedules', { body: again(schedule) }));
  if (schedule.paused) await setPaused(made.id, true, made.version);
}

/** How the last run ended; one under way is watched. */
function LastRun({ last }: { last: Job | null }) {
  const { t } = useTranslation('reports');
  const client = useQueryClient();
  const watched = useJob(last && !hasEnded(last) ? last.id : undefined);
  const job = watched ?? last;
  const isOver = watched !== undefined && hasEnded(watched);
  useEffect(() => {
    if (!isOver) return;
    void client.invalidateQueries({ queryKey: KEY });
    void client.invalidateQueries({ queryKey: ['reports'] });
  }, [client, isOver]);
  if (!job) return <>{t('never_run')}</>;
  // A newer server may have reasons that this version has no words for.
  const why = job.error
    ? t(`run_error/${job.error.code}` as 'title', {
        keySeparator: '/',
        defaultValue: job.error.detail,
      })
    : '';
  const moment = formatMoment(job.finished_at ?? job.created_at);
  switch (job.state) {
    case 'done':
      return <>{t('run_done', { moment })}</>;
    case 'failed':
      return <span className={styles['bad']}>{t('run_failed', { moment, why })}</span>;
    case 'cancelled':
      return <>{t('run_cancelled', { moment })}</>;
    case 'running':
      return <Progress value={job.progress} label={t('progress')} />;
    default:
      return <>{why ? t('run_again', { why }) : t('waiting')}</>;
  }
}
