import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setBadge } from '@/app/badges';
import { useSayKeys } from '@/app/frame/pageKeys';
import { isTyping } from '@/app/frame/shortcuts';
import { useAddress } from '@/app/useAddress';
import type { Schemas } from '@/api/client';
import { useMay } from '@/auth/useSession';
import { addDays, dayMoment, formatDate, shopDay } from '@/format/dates';
import { formatQuantity } from '@/format/quantity';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { Drawer } from '@/ui/Dialog';
import { Kbd } from '@/ui/Kbd';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Section, Tabs } from '@/ui/page';
import { ErrorState, NoRecords, NoResults, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import { useMedia } from '@/ui/useMedia';
import styles from './anomalies.module.css';
import { Detail } from './Detail';
import { Inbox } from './Inbox';
import {
  allOf,
  countsOf,
  findingsQuery,
  LOOK_BACK,
  neighbour,
  STATES,
  useJudge,
  type Verdict,
  type Wanted,
} from './inbox';

const KINDS = [
  'spike',
  'drop',
  'silence',
  'level_shift',
  'shop_wide',
  'price_below_cost',
  'unit_slip',
  'shrinkage',
  'refund_without_goods',
  'large_refund',
  'quick_refund',
  'refunds_by_cashier',
  'void_after_cash',
  'voids_by_cashier',
  'discounts_by_cashier',
  'late_entries_by_cashier',
  'off_hours',
] as const satisfies Schemas['AnomalyKind'][];

const VERDICTS = { n: 'normal', e: 'problem', s: 'to_follow' } as const;

/** The inbox: the gravest first, judged one after the other with the keyboard. */
export default function AnomaliesPage() {
  const { t } = useTranslation('anomalies');
  const { t: findings } = useTranslation('findings');
  const { t: common } = useTranslation();
  const { get, set } = useAddress();
  const may = useMay();
  const wide = useMedia('(min-width: 1024px)');
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const today = shopDay();
  const wanted: Wanted = {
    state: STATES.find((state) => state === get('etat')) ?? 'open',
    days: LOOK_BACK.find((days) => String(days) === get('jours')) ?? 90,
    kind: KINDS.find((kind) => kind === get('nature')),
    today,
  };
  const query = useInfiniteQuery(findingsQuery(wanted));
  const all = useMemo(() => allOf(query.data), [query.data]);
  const asked = get('c');
  const chosen = all.find((finding) => finding.id === asked);
  // A new finding may be graver: the one that is read and judged stays until it is left.
  const [read, setRead] = useState<string>();
  const current = chosen ?? (wide ? (all.find(({ id }) => id === read) ?? all[0]) : undefined);
  if (current?.id !== read) setRead(current?.id);
  const judge = useJudge(wanted);

  const counts = countsOf(query.data);
  const isInbox = wanted.days === 90 && !wanted.kind;
  const waiting = counts?.open;
  useEffect(() => {
    if (isInbox && waiting !== undefined) setBadge('anomalies', waiting, true);
  }, [isInbox, waiting]);

  const open = (id: string | undefined) => {
    set({ c: id });
  };
  const decide = (verdict: Verdict, note: string) => {
    if (!current) return;
    const next = neighbour(all, current.id, 1);
    judge.mutate(
      { id: current.id, verdict, note },
      {
        onSuccess: () => {
          toast(t(`judged_as.${verdict}`));
        },
        // The finding is back: its refusal stands beside it.
        onError: () => {
          open(current.id);
        },
      },
    );
    open(!wide || next === current.id ? undefined : next);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target)) return;
      const key = event.key.toLowerCase();
      if (key === 'j' || key === 'k') {
        const id = neighbour(all, current?.id, key === 'j' ? 1 : -1);
        if (!id) return;
        open(id);
        document.querySelector(`[data-finding="${id}"]`)?.scrollIntoView({ block: 'nearest' });
      } else if (key in VERDICTS && may('judgeAnomalies') && !judge.isPending) {
        decide(VERDICTS[key as keyof typeof VERDICTS], '');
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  });
  useSayKeys(
    useMemo(
      () => ({
        title: t('title'),
        keys: [
          { keys: ['J'], does: t('key_next') },
          { keys: ['K'], does: t('key_before') },
          { keys: ['N'], does: t('key_normal') },
          { keys: ['E'], does: t('key_problem') },
          { keys: ['S'], does: t('key_follow') },
        ],
      }),
      [t],
    ),
  );
  const coverage = query.data?.pages[0]?.coverage.find((one) => one.level === 'products');
  const detail = current && (
    <Detail
      key={current.id}
      finding={current}
      currency={currency}
      place={t('place', { at: all.indexOf(current) + 1, all: formatQuantity(all.length) })}
      refusal={judge.error && judge.variables.id === current.id ? judge.error : undefined}
      busy={judge.isPending}
      onJudge={decide}
    />
  );
  return (
    <Page>
      <PageHeader
        title={t('title')}
        actions={
          <span className={styles['keys']} aria-hidden="true">
            <Kbd>J</Kbd> {t('key_next')} <Kbd>K</Kbd> {t('key_before')} <Kbd>N</Kbd>{' '}
            {t('key_normal')} <Kbd>E</Kbd> {t('key_problem')} <Kbd>S</Kbd> {t('key_follow')}
          </span>
        }
      >
        <Tabs
          label={t('states')}
          tabs={STATES.map((state) => ({
            to: state === 'open' ? '/anomalies' : `/anomalies?etat=${state}`,
            label: counts
              ? `${t(`tab.${state}`)} ${formatQuantity(counts[state])}`
              : t(`tab.${state}`),
            current: state === wanted.state,
          }))}
        />
      </PageHeader>
      <div className={styles['columns']}>
        <Section
          title={t('count', {
            count: counts?.[wanted.state] ?? all.length,
            from: formatDate(dayMoment(addDays(today, -wanted.days))),
          })}
          note={t('order')}
        >
          <div className={styles['filters']}>
            <FilterSelect
              label={t('period')}
              value={String(wanted.days)}
              options={LOOK_BACK.map((days) => ({
                value: String(days),
                label: t('last', { days }),
              }))}
              onChange={(jours) => {
                set({ jours: jours === '90' ? '' : jours, c: '' });
              }}
            />
            <FilterSelect
              label={t('kind')}
              value={wanted.kind ?? ''}
              options={[
                { value: '', label: t('all_kinds') },
                ...KINDS.map((kind) => ({ value: kind, label: findings(`kind.${kind}`) })),
              ]}
              onChange={(nature) => {
                set({ nature, c: '' });
              }}
            />
          </div>
          {query.isPending ? (
            <Skeleton rows={8} widths={[60, 20, 20]} />
          ) : query.error && !query.data ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : all.length > 0 ? (
            <Inbox
              findings={all}
              current={current?.id}
              currency={currency}
              hrefOf={(id) => `/anomalies?${addressOf(wanted, id)}`}
            />
          ) : wanted.kind || wanted.state !== 'open' ? (
            <NoResults
              title={t('none_so')}
              onClear={() => {
                set({ etat: '', nature: '', jours: '', c: '' });
              }}
            />
          ) : (
            <NoRecords title={t('none')}>{t('none_why')}</NoRecords>
          )}
          {query.hasNextPage && (
            <Button
              look="link"
              disabled={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {query.isFetchingNextPage ? common('state.loading') : t('older')}
            </Button>
          )}
          {coverage && coverage.judged < coverage.known && (
            <p className={styles['hint']}>
              {t('judged', {
                judged: formatQuantity(coverage.judged),
                known: formatQuantity(coverage.known),
              })}
            </p>
          )}
        </Section>
        {wide ? (
          <div className={styles['side']}>
            {detail ?? (query.data && all.length > 0 && <p>{t('choose')}</p>)}
          </div>
        ) : (
          <Drawer
            title={current ? findings(`kind.${current.kind}`) : ''}
            opened={chosen !== undefined}
            onClose={() => {
              open(undefined);
            }}
          >
            {detail}
          </Drawer>
        )}
      </div>
    </Page>
  );
}

function addressOf(wanted: Wanted, id: string): string {
  const query = new URLSearchParams();
  if (wanted.state !== 'open') query.set('etat', wanted.state);
  if (wanted.days !== 90) query.set('jours', String(wanted.days));
  if (wanted.kind) query.set('nature', wanted.kind);
  query.set('c', id);
  return query.toString();
}
