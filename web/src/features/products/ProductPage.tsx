import { IconAdjustments, IconPackageImport, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'wouter';
import { categoriesQuery } from '@/api/queries';
import { useMay } from '@/auth/useSession';
import { formatDate } from '@/format/dates';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatPercent, formatQuantity, unitSign } from '@/format/quantity';
import { useShop } from '@/shop/useShop';
import { Button, ButtonLink } from '@/ui/Button';
import { Page, PageHeader } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { Strip, type StripItem } from '@/ui/Strip';
import { marginOf } from './margin';
import { NONE } from './parts/figures';
import { Movements } from './parts/Movements';
import { PriceHistory } from './parts/PriceHistory';
import { StockPlaces } from './parts/StockPlaces';
import styles from './product.module.css';
import { figuresQuery, productQuery, useArchive, type Product } from './queries';

/** One product: its figures, its place in the ledger, its prices, where it lies. */
export default function ProductPage() {
  const { id = '' } = useParams<{ id: string }>();
  const { t } = useTranslation('products');
  const { data: product, error, isPending, refetch } = useQuery(productQuery(id));
  if (!product) {
    return (
      <Page>
        <PageHeader title={t('product')} />
        {isPending ? (
          <Skeleton rows={10} widths={[40, 20, 20, 20]} />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()}>
            {t('not_found')}
          </ErrorState>
        )}
      </Page>
    );
  }
  return <Shown product={product} />;
}

function Shown({ product }: { product: Product }) {
  const { t } = useTranslation('products');
  const may = useMay();
  const archive = useArchive((count, gone) =>
    t(gone ? 'archived_done' : 'restored_done', { count }),
  );
  return (
    <Page>
      <Crumbs product={product} />
      <PageHeader
        title={keepTogether(product.name)}
        actions={
          <>
            {may('changeCatalogue') && (
              <>
                <Button
                  disabled={archive.isPending}
                  onClick={() => {
                    archive.mutate({ ids: [product.id], archived: !product.archived });
                  }}
                >
                  {product.archived ? t('restore') : t('archive')}
                </Button>
                <ButtonLink to={`/produits/${product.id}/modifier`}>
                  <IconPencil size={18} stroke={1.7} aria-hidden />
                  {t('edit')}
                </ButtonLink>
              </>
            )}
            {may('moveStock') && (
              <>
                <ButtonLink to={`/inventaire/corriger?article=${product.id}`}>
                  <IconAdjustments size={18} stroke={1.7} aria-hidden />
                  {t('adjust')}
                </ButtonLink>
                <ButtonLink to={`/inventaire/recevoir?article=${product.id}`} look="ink">
                  <IconPackageImport size={18} stroke={1.7} aria-hidden />
                  {t('receive')}
                </ButtonLink>
              </>
            )}
          </>
        }
      />
      <p className={styles['facts']}>
        <Facts product={product} />
      </p>
      <Strip items={useFigures(product)} />
      <div className={styles['columns']}>
        <div>{may('readStock') && <Movements product={product} />}</div>
        <div>
          <PriceHistory product={product} />
          {may('readStock') && <StockPlaces product={product} />}
        </div>
      </div>
    </Page>
  );
}

function Crumbs({ product }: { product: Product }) {
  const { t } = useTranslation('products');
  const { data } = useQuery(categoriesQuery);
  const category = data?.find(({ id }) => id === product.category_id);
  return (
    <nav className={styles['crumbs']} aria-label={t('crumbs')}>
      <Link href="/produits">{t('title')}</Link>
      {category && (
        <>
          {' / '}
          <Link href={`/produits?categorie=${category.id}`}>{category.name}</Link>
        </>
      )}
    </nav>
  );
}

function Facts({ product }: { product: Product }) {
  const { t } = useTranslation('products');
  const sign = unitSign(product.unit);
  const facts = [
    product.archived && t('archived_word'),
    product.sku,
    sign ? t('sold_by', { unit: sign }) : t('sold_each'),
    product.barcodes.length > 0 ? product.barcodes.join(', ') : t('no_barcode'),
    t('changed_on', { date: formatDate(product.updated_at) }),
  ];
  return facts.filter(Boolean).join(' · ');
}

function useFigures(product: Product): StripItem[] {
  const { t } = useTranslation('products');
  const may = useMay();
  const { settings } = useShop();
  const hasFigures = may('readAnalytics') && may('readCosts');
  const { data } = useQuery({ ...figuresQuery(product), enabled: hasFigures });
  const currency = settings?.currency ?? product.currency;
  const sign = currencySign(currency);
  const unit = unitSign(product.unit) || t('piece');
  const per = t('per_unit', { sign, unit });
  const items: StripItem[] = [
    {
      label: t('price_word'),
      value: formatAmount(product.price_minor, currency),
      note: t('price_note', {
        per,
        rate: formatPercent(product.tax_rate_bp / 10_000, {
          digits: product.tax_rate_bp % 100 === 0 ? 0 : 1,
        }),
      }),
    },
  ];
  if (product.cost_minor !== undefined) {
    const { marginMinor, ratio } = marginOf(
      product.price_minor,
      product.cost_minor,
      product.tax_rate_bp,
      settings?.tax_mode ?? 'included',
    );
    items.push(
      {
        label: t('cost_word'),
        value: formatAmount(product.cost_minor, currency),
        note: per,
      },
      {
        label: t('margin_title'),
        value: (
          <span className={marginMinor < 0 ? styles['under'] : undefined}>
            {formatAmount(marginMinor, currency)}
          </span>
        ),
        note: ratio === undefined ? per : t('margin_note', { per, share: formatPercent(ratio) }),
      },
    );
  }
  items.push({
    label: t('in_stock'),
    value: formatQuantity(product.on_hand),
    note:
      product.reorder_level > 0
        ? t('stock_note', { unit, level: formatQuantity(product.reorder_level) })
        : unit,
  });
  if (hasFigures) {
    // Their places are there before they come: nothing moves.
    const days = data?.days_left ?? null;
    items.push(
      {
        label: t('days_left'),
        value: days === null ? NONE : formatQuantity(Math.floor(days)),
        note: t('delivery_in', {
          count: data?.lead_time_days ?? product.lead_time_days ?? settings?.lead_time_days ?? 7,
        }),
      },
      {
        label: t('sold_28'),
        value: data ? formatQuantity(data.sold) : NONE,
        note: unit,
      },
    );
  }
  return items;
}
