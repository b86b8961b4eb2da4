import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { asProblem, problemSentence } from '@/api/problem';
import { categoriesQuery, locationsQuery } from '@/api/queries';
import { serverNow } from '@/connection/connection';
import { useConnection } from '@/connection/useConnection';
import { formatMoney } from '@/format/money';
import { useScanner } from '@/scanner/useScanner';
import { useShop } from '@/shop/useShop';
import { within } from '@/shop/categories';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { DoubleRule } from '@/ui/Money';
import { Notice } from '@/ui/Notice';
import { PageTitle } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import styles from '../count.module.css';
import { addCounted, dropCounted, setCounted, viewOf, type Count, type Expected } from '../count';
import { byCode, expectedQuery, postCount } from '../countData';
import { Counted } from './Counted';
import { CountLists } from './CountLists';
import { CountSearch } from './CountSearch';

/** A count under way: scan, scan, scan; the differences; all of it entered at the end. */
export function Counting({
  count,
  onCount,
  onChange,
}: {
  count: Count;
  onCount: (count: Count | undefined) => void;
  /** A change of the count as it is now, not as it was drawn. */
  onChange: (make: (before: Count) => Count) => void;
}) {
  const { t } = useTranslation('inventory');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [, go] = useLocation();
  const { online } = useConnection();
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const { data: places } = useQuery(locationsQuery);
  const { data: categories } = useQuery(categoriesQuery);
  const { data: products, error, isPending, refetch } = useQuery(expectedQuery(count.locationId));
  const [asked, setAsked] = useState<'enter' | 'discard'>();
  const close = () => {
    setAsked(undefined);
  };
  const shelf = count.categoryId ? within(categories ?? [], count.categoryId) : undefined;
  const view = viewOf(count, products ?? [], shelf);
  const last = view.counted[0];
  const title = shelfName(count, categories, places) ?? t('count_title');

  const scan = (ways: readonly string[]) => {
    const product = byCode(products ?? [], ways);
    if (!products) return;
    if (product) onChange((before) => addCounted(before, product, 1000, serverNow()));
    else toast(t('unknown_code', { code: ways[0] ?? '' }), { bad: true });
  };
  useScanner(scan);

  const enter = useMutation({
    mutationFn: () => {
      let left = count;
      return postCount(count, (ids) => {
        left = { ...left, counted: left.counted.filter(({ id }) => !ids.has(id)) };
        onCount(left);
      });
    },
    onSuccess: async () => {
      const counted = view.counted.length;
      onCount(undefined);
      toast(t('count_done', { count: counted }));
      await Promise.all(
        [['inventory'], ['products'], ['analytics']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
      go('/inventaire/mouvements?genre=count');
    },
  });
  const set = (product: Expected, milli: number) => {
    onChange((before) => setCounted(before, product, milli, serverNow()));
  };
  const drop = (product: Expected) => {
    const before = count;
    onChange((now) => dropCounted(now, product.id));
    toast(t('count_dropped', { name: product.name }), {
      undo: () => {
        onCount(before);
      },
    });
  };

  return (
    <div className={styles['page']}>
      <div className={styles['bar']}>
        <PageTitle title={title} />
        <span className={styles['kept']}>
          {t('count_kept')} ·{' '}
          <Button
            look="link"
            onClick={() => {
              if (view.counted.length === 0) onCount(undefined);
              else setAsked('discard');
            }}
          >
            {t('count_discard')}
          </Button>
        </span>
      </div>
      <CountSearch
        products={products ?? []}
        onCode={scan}
        onPick={(product) => {
          onChange((before) => addCounted(before, product, 1000, serverNow()));
        }}
      />
      {isPending && <Skeleton rows={8} widths={[50, 15, 15, 20]} />}
      {error && !products && (
        <ErrorState error={error} onRetry={() => void refetch()}>
          {t('count_kept_why')}
        </ErrorState>
      )}
      {products && (
        <>
          {last && <Counted key={last.product.id} row={last} onSet={set} />}
          <CountLists
            view={view}
            currency={currency}
            current={last?.product.id}
            onSet={set}
            onDrop={drop}
          />
        </>
      )}
      <div className={styles['foot']}>
        {enter.error && <Notice alert title={problemSentence(asProblem(enter.error))} />}
        {!online && <Notice title={t('count_offline')} />}
        <p className={styles['value']}>
          <span>
            {t('count_value')} <small>{t('count_value_at')}</small>
          </span>
          <DoubleRule>{formatMoney(view.valueMinor, currency, { signed: true })}</DoubleRule>
        </p>
        <div className={styles['deeds']}>
          <Button
            size="large"
            onClick={() => {
              if (view.counted.length === 0) onCount(undefined);
              go('/inventaire');
            }}
          >
            {t('count_pause')}
          </Button>
          <Button
            size="large"
            look="ink"
            disabled={view.counted.length === 0 || !online || enter.isPending}
            aria-busy={enter.isPending}
            onClick={() => {
              setAsked('enter');
            }}
          >
            {t('count_enter')}
          </Button>
        </div>
        {view.left.length > 0 && (
          <p className={styles['left']}>{t('count_left', { count: view.left.length })}</p>
        )}
      </div>
      <Dialog title={t('count_ask')} opened={asked === 'enter'} onClose={close}>
        <p>{t('count_ask_what', { count: view.differences.length })}</p>
        {view.left.length > 0 && <p>{t('count_left', { count: view.left.length })}</p>}
        <DialogActions>
          <Button onClick={close}>{common('action.cancel')}</Button>
          <Button
            look="mango"
            onClick={() => {
              close();
              enter.mutate();
            }}
          >
            {t('count_enter')}
          </Button>
        </DialogActions>
      </Dialog>
      <Dialog title={t('count_discard_ask')} opened={asked === 'discard'} onClose={close}>
        <p>{t('count_discard_what', { count: view.counted.length })}</p>
        <DialogActions>
          <Button onClick={close}>{common('action.cancel')}</Button>
          <Button
            look="chili"
            onClick={() => {
              close();
              onCount(undefined);
            }}
          >
            {t('count_discard')}
          </Button>
        </DialogActions>
      </Dialog>
    </div>
  );
}

function shelfName(
  count: Count,
  categories: readonly { id: string; name: string }[] | undefined,
  places: readonly { id: string; name: string }[] | undefined,
): string | undefined {
  const shelf = categories?.find(({ id }) => id === count.categoryId)?.name;
  const place = places?.find(({ id }) => id === count.locationId)?.name;
  return [place, shelf].filter(Boolean).join(', ') || undefined;
}
