import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { MOST_PRODUCTS } from '../bulk';
import { useArchive, type Listed } from '../queries';
import styles from '../products.module.css';
import type { Category } from '@/shop/categories';
import { BulkDialog, type BulkKind } from './BulkDialog';

/** What can be done with several products at once, at the foot of the window. */
export function BulkBar({
  products,
  categories,
  currency,
  archived,
  total,
  onAll,
  onDone,
}: {
  products: readonly Listed[];
  categories: readonly Category[];
  currency: Currency;
  archived: boolean;
  /** How many products the view has; undefined where it is not known. */
  total: number | undefined;
  onAll: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation('products');
  const [, go] = useLocation();
  const ids = products.map(({ id }) => id);
  const [asked, setAsked] = useState<BulkKind>();
  const archive = useArchive((count, gone) =>
    t(gone ? 'archived_done' : 'restored_done', { count }),
  );
  return (
    <div className={styles['bulk']} role="region" aria-label={t('bulk')}>
      <strong>{t('chosen', { count: products.length })}</strong>
      {!archived &&
        (['price', 'category', 'level'] as const).map((kind) => (
          <Button
            key={kind}
            onClick={() => {
              setAsked(kind);
            }}
          >
            {t(`bulk_${kind}`)}
          </Button>
        ))}
      <Button
        onClick={() => {
          go(`/produits/etiquettes?articles=${ids.join(',')}`);
        }}
      >
        {t('labels')}
      </Button>
      <Button
        disabled={archive.isPending}
        onClick={() => {
          archive.mutate({ ids, archived: !archived }, { onSuccess: onDone });
        }}
      >
        {archived ? t('restore') : t('archive')}
      </Button>
      <span className={styles['bulkEnd']}>
        {total !== undefined && total > products.length && total <= MOST_PRODUCTS && (
          <Button look="link" onClick={onAll}>
            {t('choose_view', { count: total })}
          </Button>
        )}
        <Button look="link" onClick={onDone}>
          {t('choose_none')}
        </Button>
      </span>
      {asked && (
        <BulkDialog
          kind={asked}
          products={products}
          categories={categories}
          currency={currency}
          onClose={() => {
            setAsked(undefined);
          }}
          onDone={onDone}
        />
      )}
    </div>
  );
}
