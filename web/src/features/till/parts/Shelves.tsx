import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NoRecords, NoResults } from '@/ui/states';
import { inCategory, readTyped, search, topCategories, type TillProduct } from '../core/catalogue';
import { favouritesOf } from '../core/favourites';
import type { TillShop } from '../state/shop';
import styles from '../till.module.css';
import { Tiles } from './Tiles';

const FAVOURITES = 'favourites';
const ALL = 'all';

/** The goods: favourites first, then by category; what is typed shows its hits instead. */
export function Shelves({
  shop,
  query,
  quantityOf,
  onPress,
  onClear,
  onChoose,
}: {
  shop: TillShop;
  query: string;
  quantityOf: (id: string) => number;
  onPress: (product: TillProduct) => void;
  onClear: () => void;
  /** Chooses the favourites; absent for who may not, and without a network. */
  onChoose?: (() => void) | undefined;
}) {
  const { t } = useTranslation('till');
  const [shelf, setShelf] = useState(FAVOURITES);
  const { catalogue } = shop;
  const categories = useMemo(() => topCategories(catalogue), [catalogue]);
  const typed = readTyped(query).text;
  const products = useMemo(() => {
    if (typed !== '') return search(catalogue, typed);
    if (shelf === FAVOURITES) return favouritesOf(catalogue, shop.chosen ?? [], shop.favourites);
    if (shelf === ALL) return catalogue.products;
    return inCategory(catalogue, shelf);
  }, [catalogue, shop, shelf, typed]);
  const tabs = [
    { id: FAVOURITES, name: t('favourites') },
    ...categories.map(({ id, name }) => ({ id, name })),
    { id: ALL, name: t('all') },
  ];
  const label = typed === '' ? (tabs.find(({ id }) => id === shelf)?.name ?? '') : t('search');
  return (
    <>
      <div className={styles['categories']} role="group" aria-label={t('categories')}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            aria-pressed={typed === '' && tab.id === shelf}
            onClick={() => {
              setShelf(tab.id);
              onClear();
            }}
          >
            {tab.name}
          </button>
        ))}
        {onChoose && shelf === FAVOURITES && typed === '' && (
          <button type="button" className={styles['choose']} onClick={onChoose}>
            {t('favourites_edit')}
          </button>
        )}
      </div>
      {products.length > 0 ? (
        <Tiles
          label={label}
          products={products}
          currency={shop.settings.currency}
          quantityOf={quantityOf}
          onPress={onPress}
        />
      ) : (
        <div className={styles['message']} style={{ flex: 1 }}>
          {typed !== '' ? (
            <NoResults title={t('no_hit', { q: typed })} onClear={onClear} />
          ) : catalogue.products.length === 0 ? (
            <NoRecords title={t('no_products')}>{t('no_products_why')}</NoRecords>
          ) : (
            <p>{t('empty_category')}</p>
          )}
        </div>
      )}
    </>
  );
}
