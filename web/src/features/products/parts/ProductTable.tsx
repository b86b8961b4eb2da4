import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useMay } from '@/auth/useSession';
import { formatAmount, currencySign } from '@/format/money';
import { keepTogether } from '@/format/names';
import type { Currency } from '@/money/currencies';
import type { TaxMode } from '@/money/pricing';
import { Table, type Column } from '@/ui/Table';
import { useMedia } from '@/ui/useMedia';
import type { Listed } from '../queries';
import styles from '../products.module.css';
import type { Category } from '@/shop/categories';
import { Cover, isLow, MarginFigure, NONE, Quantity } from './figures';
import { PriceCell, PricePreview, type PriceEdit } from './PriceEdit';

export interface ProductListProps {
  products: readonly Listed[];
  categories: readonly Category[];
  withFigures: boolean;
  instead: React.ReactNode;
  currency: Currency;
  taxMode: TaxMode;
}

export function ProductTable({
  sort,
  onSort,
  chosen,
  onChoose,
  ...list
}: ProductListProps & {
  sort: string;
  onSort: (sort: string) => void;
  chosen: ReadonlyMap<string, Listed>;
  onChoose: ((chosen: ReadonlyMap<string, Listed>) => void) | undefined;
}) {
  const { t } = useTranslation('products');
  const [edit, setEdit] = useState<PriceEdit>();
  const columns = useColumns(list, edit, setEdit);
  const toggle = (product: Listed) => {
    const next = new Map(chosen);
    if (!next.delete(product.id)) next.set(product.id, product);
    onChoose?.(next);
  };
  const all = list.products.length > 0 && list.products.every(({ id }) => chosen.has(id));
  const boxes: Column<Listed> = {
    key: 'choose',
    head: (
      <span className={styles['box']}>
        <input
          type="checkbox"
          aria-label={t('choose_all')}
          checked={all}
          onChange={() => {
            onChoose?.(all ? new Map() : new Map(list.products.map((item) => [item.id, item])));
          }}
        />
      </span>
    ),
    cell: (product) => (
      <span className={styles['box']}>
        <input
          type="checkbox"
          aria-label={t('choose', { name: product.name })}
          checked={chosen.has(product.id)}
          onChange={() => {
            toggle(product);
          }}
        />
      </span>
    ),
  };
  return (
    <Table<Listed>
      caption={t('title')}
      columns={onChoose ? [boxes, ...columns] : columns}
      rows={list.products}
      rowKey={(product) => product.id}
      sort={sort}
      onSort={onSort}
      selected={(product) => chosen.has(product.id)}
      below={(product) =>
        edit?.id === product.id && (
          <PricePreview
            product={product}
            text={edit.text}
            currency={list.currency}
            taxMode={list.taxMode}
          />
        )
      }
      instead={list.instead}
    />
  );
}

function useColumns(
  { categories, withFigures: figures, currency, taxMode }: ProductListProps,
  edit: PriceEdit | undefined,
  setEdit: (edit: PriceEdit | undefined) => void,
): Column<Listed>[] {
  const { t } = useTranslation('products');
  const may = useMay();
  const roomy = useMedia('(min-width: 1200px)');
  const wide = useMedia('(min-width: 1024px)');
  const sign = currencySign(currency);
  const costs = may('readCosts');
  const name: Column<Listed> = {
    key: 'name',
    head: t('product'),
    rowHead: true,
    sort: 'name',
    cell: (product) => (
      <Link href={`/produits/${product.id}`} className={styles['name']}>
        {keepTogether(product.name)}
      </Link>
    ),
  };
  const category: Column<Listed> = {
    key: 'category',
    head: t('category'),
    quiet: true,
    cell: (product) => categories.find(({ id }) => id === product.category_id)?.name ?? NONE,
  };
  const price: Column<Listed> = {
    key: 'price',
    head: t(taxMode === 'included' ? 'price_with_tax' : 'price_without_tax', { sign }),
    figure: true,
    ...(!figures && { sort: 'price_minor' }),
    cell: (product) =>
      may('changePrices') && !product.archived ? (
        <PriceCell product={product} currency={currency} edit={edit} onEdit={setEdit} />
      ) : (
        formatAmount(product.price_minor, currency)
      ),
  };
  const cost: Column<Listed> = {
    key: 'cost',
    head: t('cost', { sign }),
    figure: true,
    cell: (product) =>
      product.cost_minor === undefined ? NONE : formatAmount(product.cost_minor, currency),
  };
  const margin = (share: boolean): Column<Listed> => ({
    key: share ? 'share' : 'margin',
    head: share ? '%' : t('margin', { sign }),
    figure: true,
    quiet: share,
    // The server orders by the margin's share.
    ...(figures && share && { sort: 'margin' }),
    cell: (product) => (
      <MarginFigure product={product} taxMode={taxMode} currency={currency} share={share} />
    ),
  });
  const stock: Column<Listed> = {
    key: 'stock',
    head: t('stock'),
    figure: true,
    ...(figures && { sort: 'on_hand' }),
    cell: (product) => (
      <Quantity value={product.on_hand} unit={product.unit} low={isLow(product)} />
    ),
  };
  const level: Column<Listed> = {
    key: 'level',
    head: t('level'),
    figure: true,
    quiet: true,
    cell: (product) =>
      product.reorder_level > 0 ? (
        <Quantity value={product.reorder_level} unit={product.unit} />
      ) : (
        NONE
      ),
  };
  const cover: Column<Listed> = {
    key: 'cover',
    head: t('days_left'),
    figure: true,
    cell: (product) => <Cover figures={product.figures} />,
    ...(figures && { sort: 'days_left' }),
  };
  const sold: Column<Listed> = {
    key: 'sold',
    head: t('sold'),
    figure: true,
    sort: 'sold',
    cell: ({ figures: known, unit }) =>
      known ? <Quantity value={known.sold} unit={unit} /> : NONE,
  };
  return [
    name,
    ...(roomy ? [category] : []),
    price,
    ...(costs && wide ? [cost] : []),
    ...(costs ? [margin(false), margin(true)] : []),
    stock,
    ...(wide ? [level] : []),
    ...(figures ? [cover] : []),
    ...(figures && wide ? [sold] : []),
  ];
}
