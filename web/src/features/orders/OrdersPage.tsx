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
import { Filters } from '@/ui/Filters';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader } from '@/ui/page';
import { Age, ErrorState, NoRecords, NoResults, Skeleton } from '@/ui/states';
import { usePhone } from '@/ui/useMedia';
import {
  filtered,
  linesOf,
  SEVERITIES,
  sorted,
  SORTS,
  suppliersOf,
  totalsOf,
  withinBudget,
  type Edits,
} from './order';
import styles from './orders.module.css';
import { OrderRows } from './parts/OrderRows';
import { OrderStrip } from './parts/OrderStrip';
import { OrderTable } from './parts/OrderTable';
import { Watched } from './parts/Watched';
import { orderText, shareText } from './text';
import { coversQuery, orderQuery } from './queries';

/** What to order today, and why: chosen, changed, printed or sent to the supplier. */
export default function OrdersPage() {
  const { t } = useTranslation('orders');
  const { t: common } = useTranslation();
  const phone = usePhone();
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const { get, set } = useAddress();
  const { data, error, isPending, refetch } = useQuery(orderQuery);
  const { data: last } = useQuery(coversQuery);
  const { data: categories } = useQuery(categoriesQuery);
  const [edits, setEdits] = useState<Edits>(new Map());
  const category = get('categorie');
  const sort = SORTS.find((known) => known === get('tri')) ?? 'loss';
  const alerts = data?.total;
  useEffect(() => {
    if (alerts !== undefined) setBadge('orders', alerts);
  }, [alerts]);
  const shelf = category ? within(categories ?? [], category) : undefined;
  const all = linesOf(data?.lines ?? [], last?.covers ?? new Map<string, never>(), edits);
  const severity = SEVERITIES.find((known) => known === get('gravite')) ?? '';
  const suppliers = suppliersOf(data?.lines ?? []);
  const supplier = suppliers.find((known) => known === get('fournisseur')) ?? '';
  const active = [category, severity, supplier].filter(Boolean).length;
  const lines = sorted(filtered(all, { shelf, severity, supplier }), sort, currency);
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
        set({ categorie: undefined, gravite: undefined, fournisseur: undefined });
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
        <Filters active={active}>
          <FilterSelect
            label={t('category')}
            value={category}
            options={[{ value: '', label: t('all') }, ...categoryOptions(categories ?? [])]}
            onChange={(categorie) => {
              set({ categorie });
            }}
          />
          <FilterSelect
            label={t('severity')}
            value={severity}
            options={[
              { value: '', label: t('all') },
              ...SEVERITIES.map((value) => ({ value, label: t(`severities.${value}`) })),
            ]}
            onChange={(gravite) => {
              set({ gravite });
            }}
          />
          {suppliers.length > 0 && (
            <FilterSelect
              label={t('supplier')}
              value={supplier}
              options={[
                { value: '', label: t('all_suppliers') },
                ...suppliers.map((value) => ({ value, label: value })),
              ]}
              onChange={(fournisseur) => {
                set({ fournisseur });
              }}
            />
          )}
          <FilterSelect
            label={t('sort')}
            value={sort}
            options={SORTS.map((value) => ({ value, label: t(`sorts.${value}`) }))}
            onChange={(tri) => {
              set({ tri });
            }}
          />
        </Filters>
        {data && (
          <span className={styles['age']}>
            <Age at={data.computed_at} onRecompute={() => void refetch()} />
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
      {last && last.watch.length > 0 && <Watched products={last.watch} count={last.watchTotal} />}
    </Page>
  );
}
