import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Currency } from '@/money/currencies';
import type { TaxMode } from '@/money/pricing';
import { Button } from '@/ui/Button';
import { useArchive, type Product } from '../queries';
import styles from '../products.module.css';
import type { Category } from '@/shop/categories';
import { BulkDialog, type BulkKind } from './BulkDialog';

/** What can be done with several products at once, at the foot of the window. */
export function BulkBar({
  products,
  categories,
  currency,
  taxMode,
  archived,
  onDone,
}: {
  products: readonly Product[];
  categories: readonly Category[];
  currency: Currency;
  taxMode: TaxMode;
  archived: boolean;
  onDone: () => void;
}) {
  const { t } = useTranslation('products');
  const [, go] = useLocation();
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
          go(`/produits/etiquettes?articles=${products.map(({ id }) => id).join(',')}`);
        }}
      >
        {t('labels')}
      </Button>
      <Button
        disabled={archive.isPending}
        onClick={() => {
          archive.mutate({ products, archived: !archived }, { onSuccess: onDone });
        }}
      >
        {archived ? t('restore') : t('archive')}
      </Button>
      <Button look="link" className={styles['bulkEnd']} onClick={onDone}>
        {t('choose_none')}
      </Button>
      {asked && (
        <BulkDialog
          kind={asked}
          products={products}
          categories={categories}
          currency={currency}
          taxMode={taxMode}
          onClose={() => {
            setAsked(undefined);
          }}
          onDone={onDone}
        />
      )}
    </div>
  );
}
