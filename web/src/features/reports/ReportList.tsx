import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { download } from '@/api/download';
import { hasEnded, useCancelJob, useJob, type Job } from '@/api/jobs';
import { asProblem, problemSentence } from '@/api/problem';
import { useMay } from '@/auth/useSession';
import { dayMoment, formatDate, formatMoment } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Progress } from '@/ui/marks';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { toast } from '@/ui/toasts';
import { usePhone } from '@/ui/useMedia';
import type { Ordered } from './OrderForm';
import styles from './reports.module.css';

type Report = Schemas['Report'];

const KIND = 'reports.make';

/** What is being made, and what was made. */
export function ReportList({ ordered, action }: { ordered: Ordered[]; action: React.ReactNode }) {
  const { t } = useTranslation('reports');
  const { t: common } = useTranslation();
  const may = useMay();
  const phone = usePhone();
  const reports = useInfiniteQuery({
    queryKey: ['reports'],
    queryFn: ({ signal, pageParam }) =>
      ok(
        api.GET('/api/v1/reports', {
          params: { query: { limit: 20, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  // Reports that were ordered elsewhere, or before this page was opened anew.
  const under = useQuery({
    queryKey: ['jobs', KIND, 'under way'],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        (['running', 'queued'] as const).map((state) =>
          ok(
            api.GET('/api/v1/jobs', {
              params: { query: { kind: KIND, state, limit: 20 } },
              signal,
            }),
          ),
        ),
      );
      return pages.flatMap((page) => page.items);
    },
    enabled: may('readJobs'),
  });
  const rows = reports.data?.pages.flatMap((page) => page.items) ?? [];
  const made = new Set(rows.map((report) => report.id));
  const known = new Set(ordered.map((order) => order.id));
  const others = (under.data ?? []).filter((job) => !known.has(job.id));
  const waiting = [
    ...ordered,
    ...others.map((job): Ordered => ({ id: job.id, order: undefined })),
  ].filter((order) => !made.has(order.id));
  return (
    <Section title={t('list')} note={t('list_note')} action={action}>
      {waiting.length > 0 && (
        <ul className={styles['making']}>
          {waiting.map((order) => (
            <Making key={order.id} ordered={order} takes={known.has(order.id)} />
          ))}
        </ul>
      )}
      {phone && rows.length > 0 ? (
        <ul className={styles['making']}>
          {rows.map((report) => (
            <li key={report.id}>
              <strong>
                {report.title}
                <small>{`${periodWords(report)}, ${formatMoment(report.created_at)}`}</small>
              </strong>
              <Take report={report} />
            </li>
          ))}
        </ul>
      ) : (
        <Table<Report>
          caption={t('list')}
          rows={rows}
          rowKey={(report) => report.id}
          columns={[
            {
              key: 'file',
              head: t('file'),
              rowHead: true,
              cell: (report) => (
                <span className={styles['file']}>
                  {report.title}
                  <small>{report.file_name}</small>
                </span>
              ),
            },
            { key: 'period', head: t('period'), cell: (report) => periodWords(report) },
            {
              key: 'made',
              head: t('made'),
              quiet: true,
              cell: (report) => formatMoment(report.created_at),
            },
            { key: 'take', head: t('state'), cell: (report) => <Take report={report} /> },
            {
              key: 'kept',
              head: t('kept'),
              figure: true,
              quiet: true,
              cell: (report) => formatDate(report.expires_at),
            },
          ]}
          instead={
            reports.isPending ? (
              <Skeleton rows={4} widths={[40, 20, 15, 15, 10]} />
            ) : reports.error && !reports.data ? (
              <ErrorState error={reports.error} onRetry={() => void reports.refetch()} />
            ) : rows.length === 0 && waiting.length > 0 ? (
              <></>
            ) : rows.length === 0 ? (
              <NoRecords title={t('none')}>
                {may('createReports') ? t('none_why') : t('none_read')}
              </NoRecords>
            ) : undefined
          }
        />
      )}
      {reports.hasNextPage && (
        <p className={styles['more']}>
          <Button
            look="link"
            disabled={reports.isFetchingNextPage}
            onClick={() => void reports.fetchNextPage()}
          >
            {reports.isFetchingNextPage ? common('state.loading') : t('more')}
          </Button>
        </p>
      )}
    </Section>
  );
}

function periodWords({ from, to }: { from: string; to: string }): string {
  const last = formatDate(dayMoment(to));
  return from === to ? last : `${formatDate(dayMoment(from))} – ${last}`;
}

function useTake() {
  const [busy, setBusy] = useState(false);
  const take = async (id: string, name: string) => {
    setBusy(true);
    try {
      await download(`/api/v1/reports/${id}/download`, name);
    } catch (failure) {
      toast(problemSentence(asProblem(failure)), { bad: true });
    } finally {
      setBusy(false);
    }
  };
  return { busy, take };
}

function Take({ report }: { report: Report }) {
  const { t } = useTranslation('reports');
  const { busy, take } = useTake();
  return (
    <span className={styles['take']}>
      <Button
        look="link"
        disabled={busy}
        aria-label={`${t('download')}, ${report.file_name}`}
        onClick={() => void take(report.id, report.file_name)}
      >
        {busy ? t('downloading') : t('download')}
      </Button>
      <small>{t('size', { size: formatQuantity(Math.ceil(report.size_bytes / 1024)) })}</small>
    </span>
  );
}

/** A report under way: how far it is, and a stop. One that was ordered here comes down by itself. */
function Making({ ordered, takes }: { ordered: Ordered; takes: boolean }) {
  const { t } = useTranslation('reports');
  const client = useQueryClient();
  const may = useMay();
  const job = useJob(ordered.id);
  const cancel = useCancelJob();
  const { take } = useTake();
  const taken = useRef(false);
  useEffect(() => {
    if (!job || !hasEnded(job) || taken.current) return;
    taken.current = true;
    void client.invalidateQueries({ queryKey: ['reports'] });
    if (takes && job.kind === KIND && job.result) {
      void take(job.result.report_id, job.result.file_name);
    }
  });
  const { order } = ordered;
  return (
    <li aria-live="polite">
      <strong>
        {order ? t('making', { kind: t(`kind.${order.kind}`) }) : t('making_some')}
        {order && <small>{periodWords(order)}</small>}
      </strong>
      <MakingState job={job} />
      {job && !hasEnded(job) && may('createReports') && (
        <Button
          look="link"
          disabled={cancel.isPending}
          onClick={() => {
            cancel.mutate(job.id);
          }}
        >
          {t('stop')}
        </Button>
      )}
    </li>
  );
}

function MakingState({ job }: { job: Job | undefined }) {
  const { t } = useTranslation('reports');
  if (job?.state === 'running' || job?.state === 'done') {
    return <Progress value={job.state === 'done' ? 1 : job.progress} label={t('progress')} />;
  }
  if (job?.state === 'failed') {
    return (
      <span className={styles['bad']}>
        {t('failed')}
        {job.error && ` : ${job.error.detail}`}
      </span>
    );
  }
  return <span>{job?.state === 'cancelled' ? t('stopped') : t('waiting')}</span>;
}
