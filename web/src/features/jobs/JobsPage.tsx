import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { api, ok } from '@/api/client';
import { hasEnded, useCancelJob, useJob, type Job } from '@/api/jobs';
import { asProblem, problemSentence } from '@/api/problem';
import { useMay } from '@/auth/useSession';
import { formatAge, formatMoment } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { FilterSelect, Progress } from '@/ui/marks';
import { Page, PageHeader, Section } from '@/ui/page';
import { ErrorState, NoRecords, NoResults, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { toast } from '@/ui/toasts';

const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
type State = (typeof STATES)[number];

/** Everything that runs or ran in the background, newest first. */
export default function JobsPage() {
  const { t } = useTranslation('jobs');
  const { t: common } = useTranslation();
  const { get, set } = useAddress();
  const state = STATES.find((one) => one === get('etat'));
  const jobs = useInfiniteQuery({
    queryKey: ['jobs', 'all', state ?? ''],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/jobs', {
          params: {
            query: { limit: 30, ...(state && { state }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = jobs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page>
      <PageHeader title={t('title')} counts={t('counts')} />
      <Section
        title={t('list')}
        action={
          <FilterSelect
            label={t('filter')}
            value={state ?? ''}
            options={[
              { value: '', label: t('all') },
              ...STATES.map((one) => ({ value: one, label: t(`states.${one}`) })),
            ]}
            onChange={(etat) => {
              set({ etat });
            }}
          />
        }
      >
        <JobTable
          rows={rows}
          instead={
            jobs.isPending ? (
              <Skeleton rows={6} widths={[30, 20, 15, 15, 20]} />
            ) : jobs.error && !jobs.data ? (
              <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} />
            ) : rows.length > 0 ? undefined : state ? (
              <NoResults
                title={t('none_so')}
                onClear={() => {
                  set({ etat: '' });
                }}
              />
            ) : (
              <NoRecords title={t('none')}>{t('none_why')}</NoRecords>
            )
          }
        />
        {jobs.hasNextPage && (
          <Button
            look="link"
            disabled={jobs.isFetchingNextPage}
            onClick={() => void jobs.fetchNextPage()}
          >
            {common('action.more')}
          </Button>
        )}
      </Section>
    </Page>
  );
}

function JobTable({ rows, instead }: { rows: Job[]; instead: React.ReactNode }) {
  const { t } = useTranslation('jobs');
  const { t: common } = useTranslation();
  const units = {
    seconds: common('age.seconds'),
    minutes: common('age.minutes'),
    hours: common('age.hours'),
    days: common('age.days'),
  };
  const took = ({ started_at, finished_at }: Job) =>
    started_at && finished_at
      ? formatAge(Date.parse(finished_at) - Date.parse(started_at), units)
      : '–';
  return (
    <Table<Job>
      caption={t('list')}
      rows={rows}
      rowKey={(job) => job.id}
      instead={instead}
      columns={[
        {
          key: 'kind',
          head: t('job'),
          rowHead: true,
          // A newer server may have kinds that this version has no words for.
          cell: (job) =>
            t(`kind/${job.kind}` as 'title', { keySeparator: '/', defaultValue: job.kind }),
        },
        { key: 'state', head: t('state'), cell: (job) => <JobState first={job} /> },
        {
          key: 'ordered',
          head: t('ordered'),
          cell: (job) => (
            <>
              {formatMoment(job.created_at)}
              {job.requested_by === null && ` ${t('by_itself')}`}
            </>
          ),
        },
        { key: 'took', head: t('took'), figure: true, quiet: true, cell: took },
        { key: 'outcome', head: t('outcome'), cell: (job) => <Outcome job={job} /> },
      ]}
    />
  );
}

/** The state of a job; one that is not over is watched, and can be stopped. */
function JobState({ first }: { first: Job }) {
  const { t } = useTranslation('jobs');
  const may = useMay();
  const watched = useJob(hasEnded(first) ? undefined : first.id);
  const cancel = useCancelJob();
  const job = watched ?? first;
  const words = t(`states.${job.state as State}`);
  if (hasEnded(job)) return <>{words}</>;
  return (
    <span style={{ display: 'inline-flex', gap: 10, alignItems: 'center' }}>
      {job.state === 'running' ? (
        <Progress value={job.progress} label={t('progress')} />
      ) : (
        <span>{words}</span>
      )}
      {may('manageJobs') && (
        <Button
          look="link"
          disabled={cancel.isPending}
          onClick={() => {
            cancel.mutate(job.id, {
              onError: (failure) => {
                toast(problemSentence(asProblem(failure)), { bad: true });
              },
            });
          }}
        >
          {t('stop')}
        </Button>
      )}
    </span>
  );
}

function Outcome({ job }: { job: Job }) {
  const { t } = useTranslation('jobs');
  if (job.error) return <>{job.error.detail}</>;
  if (!job.result) return <>–</>;
  switch (job.kind) {
    case 'books.verify':
      return (
        <>
          {job.result.ok
            ? t('book_ok', { movements: formatQuantity(job.result.checked.movements) })
            : t('book_off', { count: job.result.differences.length })}
        </>
      );
    case 'forecasts.refit':
      return <>{t('refit', { products: formatQuantity(job.result.products) })}</>;
    case 'reports.make':
    case 'reports.deliver':
      return <>{job.result.file_name}</>;
    default:
      return <>–</>;
  }
}
