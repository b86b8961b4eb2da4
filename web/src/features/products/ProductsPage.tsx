import { IconBarcode, IconPlus, IconScan } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, problemSentence } from '@/api/problem';
import { categoriesQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { useSayKeys } from '@/app/frame/pageKeys';
import { useMay } from '@/auth/useSession';
import { shopDay } from '@/format/dates';
import { formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import { canReadCodes } from '@/scanner/camera';
import { CameraDialog } from '@/scanner/CameraDialog';
import { useScanner } from '@/scanner/useScanner';
import { useShop } from '@/shop/useShop';
import { Button, ButtonLink } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Tabs } from '@/ui/page';
import { SearchField } from '@/ui/SearchField';
import { ErrorState, NoRecords, NoResults, Refreshing, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import { usePhone } from '@/ui/useMedia';
import { BulkBar } from './parts/BulkBar';
import { ProductRows } from './parts/ProductRows';
import { ProductTable } from './parts/ProductTable';
import { allOfView, productsQuery, stockValueQuery, type Listed, type ListPage } from './queries';
import styles from './products.module.css';
import { categoryOptions } from '@/shop/categories';
import { isCode, isFiltered, readAddress, viewsOf, type View } from './view';

const PLAIN_PHONE_SORTS = ['name', 'price_minor', '-price_minor', '-created_at'] as const;
const FIGURE_PHONE_SORTS = ['name', 'days_left', 'margin', '-margin', '-sold'] as const;

/** The catalogue: everything that is sold, with what it costs for those who may know. */
export default function ProductsPage() {
  const { t } = useTranslation('products');
  const may = useMay();
  const phone = usePhone();
  const { settings } = useShop();
  const { get, set } = useAddress();
  const address = readAddress(get);
  const hasFigures = may('readCosts') && may('readAnalytics');
  const withFigures = hasFigures && !isCode(address.q);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Listed>>(new Map());
  const [camera, setCamera] = useState(false);
  const list = useInfiniteQuery({
    ...productsQuery(address, withFigures),
    placeholderData: keepPreviousData,
  });
  const { data: categories } = useQuery(categoriesQuery);
  const { data: stock } = useQuery({ ...stockValueQuery(shopDay()), enabled: hasFigures });
  const counts = list.data?.pages[0]?.counts;
  const total = list.data?.pages[0]?.total;
  const products = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  useScanner((ways) => {
    set({ q: ways[0], vue: undefined, categorie: undefined });
  });
  const keys = useMemo(
    () => ({
      title: t('title'),
      keys: [
        { keys: ['/'], does: t('key_search') },
        { keys: [t('key_scan_name')], does: t('key_scan') },
      ],
    }),
    [t],
  );
  useSayKeys(keys);
  const currency = settings?.currency ?? 'CDF';
  const clear = () => {
    set({ q: undefined, categorie: undefined });
  };
  const instead = list.isPending ? (
    <Skeleton rows={12} widths={phone ? [65, 35] : [30, 20, 10, 10, 10, 10, 10]} />
  ) : list.error && products.length === 0 ? (
    <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  ) : products.length === 0 ? (
    <Nothing view={address.view} q={address.q} filtered={isFiltered(address)} onClear={clear} />
  ) : undefined;
  const shared = {
    products,
    categories: categories ?? [],
    withFigures,
    instead,
    currency,
    taxMode: settings?.tax_mode ?? ('included' as const),
  };
  return (
    <Page>
      <PageHeader
        title={t('title')}
        counts={[
          counts && t('count', { count: counts.all }),
          stock && t('stock_value', { amount: formatMoney(stock.value_minor, currency) }),
        ]
          .filter(Boolean)
          .join(', ')}
        actions={
          <>
            {!phone && (
              <ButtonLink to="/produits/etiquettes">
                <IconBarcode size={18} stroke={1.7} aria-hidden />
                {t('labels')}
              </ButtonLink>
            )}
            {may('changeCatalogue') && (
              <ButtonLink to="/produits/nouveau" look="ink">
                <IconPlus size={18} stroke={1.8} aria-hidden />
                {t('new')}
              </ButtonLink>
            )}
          </>
        }
      />
      <Tabs
        label={t('views')}
        tabs={[
          ...viewsOf(hasFigures).map((view) => ({
            to: view ? `/produits?vue=${view}` : '/produits',
            label: <ViewName view={view} counts={counts} />,
            current: address.view === view,
          })),
          { to: '/produits/categories', label: t('categories'), current: false },
        ]}
      />
      <div className={styles['filters']}>
        <SearchField
          label={t('search')}
          value={address.q}
          onChange={(q) => {
            set({ q });
          }}
        />
        {canReadCodes() && (
          <Button
            aria-label={t('scan')}
            onClick={() => {
              setCamera(true);
            }}
          >
            <IconScan size={20} stroke={1.7} aria-hidden />
          </Button>
        )}
        <FilterSelect
          label={t('category')}
          value={address.category}
          options={[
            { value: '', label: t('all_categories') },
            ...categoryOptions(categories ?? []),
          ]}
          onChange={(categorie) => {
            set({ categorie });
          }}
        />
        {phone && (
          <FilterSelect
            label={t('sort')}
            value={address.sort || 'name'}
            options={(withFigures ? FIGURE_PHONE_SORTS : PLAIN_PHONE_SORTS).map((value) => ({
              value,
              label: t(`sorts.${value}`),
            }))}
            onChange={(tri) => {
              set({ tri });
            }}
          />
        )}
        <Refreshing active={list.isFetching && !list.isPending && !list.isFetchingNextPage} />
      </div>
      {list.error && products.length > 0 && (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      )}
      {phone ? (
        <ProductRows {...shared} />
      ) : (
        <ProductTable
          {...shared}
          sort={address.sort || 'name'}
          onSort={(tri) => {
            set({ tri });
          }}
          chosen={chosen}
          onChoose={may('changeCatalogue') ? setChosen : undefined}
        />
      )}
      {products.length > 0 && (
        <div className={styles['foot']}>
          <span>
            {total === undefined
              ? t('shown', { count: products.length })
              : t('shown_of', { count: products.length, all: formatQuantity(total) })}
          </span>
          {list.hasNextPage && (
            <Button
              look="link"
              disabled={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t('more')}
            </Button>
          )}
        </div>
      )}
      {!phone && chosen.size > 0 && (
        <BulkBar
          products={[...chosen.values()]}
          categories={categories ?? []}
          currency={currency}
          archived={address.view === 'archives'}
          total={total}
          onAll={() => {
            allOfView(address, withFigures).then(
              (all) => {
                setChosen(new Map(all.map((product) => [product.id, product])));
              },
              (failure: unknown) => {
                toast(problemSentence(asProblem(failure)), { bad: true });
              },
            );
          }}
          onDone={() => {
            setChosen(new Map());
          }}
        />
      )}
      {camera && (
        <CameraDialog
          onClose={() => {
            setCamera(false);
          }}
          onCode={(code) => {
            setCamera(false);
            set({ q: code });
          }}
        />
      )}
    </Page>
  );
}

/** A view with the number of its products, where it is known. */
function ViewName({ view, counts }: { view: View; counts: ListPage['counts'] }) {
  const { t } = useTranslation('products');
  const name = t(`view.${view || 'all'}`);
  if (!counts) return name;
  const { all, low, below_cost, dormant, archived } = counts;
  const of = { '': all, bas: low, 'sous-cout': below_cost, dormants: dormant, archives: archived };
  return `${name} ${formatQuantity(of[view])}`;
}

function Nothing({
  view,
  q,
  filtered,
  onClear,
}: {
  view: View;
  q: string;
  filtered: boolean;
  onClear: () => void;
}) {
  const { t } = useTranslation('products');
  const may = useMay();
  if (filtered) {
    const isCode = /^\d{6,14}$/.test(q);
    return (
      <NoResults title={q ? t('no_results_q', { q }) : t('no_results')} onClear={onClear}>
        {isCode && may('changeCatalogue') && (
          <ButtonLink to={`/produits/nouveau?code=${q}`} look="link">
            {t('create_with_code', { code: q })}
          </ButtonLink>
        )}
      </NoResults>
    );
  }
  if (view === 'bas') return <NoRecords title={t('none_low')}>{t('none_low_why')}</NoRecords>;
  if (view === 'sous-cout' || view === 'dormants') {
    return <NoRecords title={t(`none_${view}`)}>{t(`none_${view}_why`)}</NoRecords>;
  }
  if (view === 'archives') {
    return <NoRecords title={t('none_archived')}>{t('none_archived_why')}</NoRecords>;
  }
  return (
    <NoRecords
      title={t('none')}
      actions={
        may('changeCatalogue') && (
          <ButtonLink to="/produits/nouveau" look="ink">
            {t('new')}
          </ButtonLink>
        )
      }
    >
      {t('none_why')}
    </NoRecords>
  );
}
