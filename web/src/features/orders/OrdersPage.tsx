import { IconPrinter, IconShare } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { categoriesQuery } from '@/api/queries';
import { setBadge } from '@/app/badges';
import { useAddress } from '@/app/useAddress';
import { categoryOptions, within } from '@/shop/categories';
import { useShop } from '@/shop/useShop';
import { Button, ButtonLink } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { Age, ErrorState, NoRecords, NoResults, Skeleton } from '@/ui/states';
import { usePhone } from '@/ui/useMedia';
import { linesOf, sorted, SORTS, totalsOf, withinBudget, type Edits } from './order';
import styles from './orders.module.css';
import { OrderRows } from './parts/OrderRows';
import { OrderStrip } from './parts/OrderStrip';
import { OrderTable } from './parts/OrderTable';
import { Watched } from './parts/Watched';
import { orderText, shareText } from './text';
import { adviceQuery, costsQuery } from './queries';

/** What to order today, and why: chosen, changed, printed or sent to the supplier. */
export default function OrdersPage() {
  const { t } = useTranslation('orders');
  const { t: common } = useTranslation();
  const phone = usePhone();
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const { get, set } = useAddress();
  const { data, error, isPending, refetch } = useQuery(adviceQuery);
  const { data: costs } = useQuery(costsQuery);
  const { data: categories } = useQuery(categoriesQuery);
  const [edits, setEdits] = useState<Edits>(new Map());
  const category = get('categorie');
  const sort = SORTS.find((known) => known === get('tri')) ?? 'loss';
  const alerts = data?.items.length;
  useEffect(() => {
    if (alerts !== undefined) setBadge('orders', alerts);
  }, [alerts]);
  const shelf = category ? within(categories ?? [], category) : undefined;
  const all = linesOf(data?.items ?? [], costs ?? new Map<string, number>(), edits);
  const lines = sorted(
    all.filter(({ advice }) => !shelf || shelf.has(advice.category_id ?? '')),
    sort,
    currency,
  );
  const totals = totalsOf(all, currency);
  const change = (id: string, edit: { quantity?: number; chosen?: boolean }) => {
    setEdits(new Map(edits).set(id, { ...edits.get(id), ...edit }));
  };
  const chooseAll = (chosen: (id: string) => boolean) => {
    const next = new Map(edits);
    for (const { advice } of all) {
      next.set(advice.product_id, {
        ...next.get(advice.product_id),
        chosen: chosen(advice.product_id),
      });
    }
    setEdits(next);
  };
  const chosen = lines.filter((line) => line.chosen && line.quantity > 0);
  const instead = isPending ? (
    <Skeleton rows={10} widths={[25, 8, 12, 25, 10, 10, 10]} />
  ) : error && !data ? (
    <ErrorState error={error} onRetry={() => void refetch()} />
  ) : all.length === 0 ? (
    <NoRecords
      title={t('none')}
      actions={<ButtonLink to="/produits?vue=bas">{t('to_low')}</ButtonLink>}
    >
      {t('none_why')}
    </NoRecords>
  ) : lines.length === 0 ? (
    <NoResults
      title={t('no_results')}
      onClear={() => {
        set({ categorie: undefined });
      }}
    />
  ) : undefined;
  const shared = { lines, currency, instead, onChange: change };
  return (
    <Page>
      <PageHeader
        title={t('title')}
        counts={settings && t('lead', { count: Math.round(settings.service_level_bp / 100) })}
        actions={
          <>
            <Button
              disabled={chosen.length === 0}
              onClick={() => {
                print();
              }}
            >
              <IconPrinter size={18} stroke={1.7} aria-hidden />
              {common('action.print')}
            </Button>
            <Button
              look="ink"
              disabled={chosen.length === 0}
              onClick={() => void shareText(orderText(chosen, settings?.name ?? ''), t('copied'))}
            >
              <IconShare size={18} stroke={1.7} aria-hidden />
              {common('action.share')}
            </Button>
          </>
        }
      />
      {all.length > 0 && (
        <OrderStrip
          totals={totals}
          count={all.length}
          currency={currency}
          onBudget={(budget) => {
            const kept = budget === undefined ? undefined : withinBudget(all, budget, currency);
            chooseAll((id) => kept?.has(id) ?? true);
          }}
        />
      )}
      <div className={styles['filters']}>
        <FilterSelect
          label={t('category')}
          value={category}
          options={[{ value: '', label: t('all') }, ...categoryOptions(categories ?? [])]}
          onChange={(categorie) => {
            set({ categorie });
          }}
        />
        <FilterSelect
          label={t('sort')}
          value={sort}
          options={SORTS.map((value) => ({ value, label: t(`sorts.${value}`) }))}
          onChange={(tri) => {
            set({ tri });
          }}
        />
        {data && (
          <span className={styles['age']}>
            <Age at={data.computedAt} onRecompute={() => void refetch()} />
          </span>
        )}
      </div>
      {phone ? (
        <OrderRows {...shared} />
      ) : (
        <OrderTable
          {...shared}
          onAll={(every) => {
            chooseAll(() => every);
          }}
        />
      )}
      {data && data.watch.length > 0 && <Watched products={data.watch} />}
    </Page>
  );
}
