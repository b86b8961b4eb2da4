import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAmount } from '@/format/money';
import { formatQuantity, parseQuantity } from '@/format/quantity';
import { factsOf, type Currency } from '@/money/currencies';
import type { TaxMode } from '@/money/pricing';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { TextField } from '@/ui/fields';
import { FilterSelect, Progress } from '@/ui/marks';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { applyAll, changeOf, type Bulk, type Failure } from '../bulk';
import { patchProduct, useShowProduct, type Product } from '../queries';
import styles from '../products.module.css';
import { categoryOptions, type Category } from '@/shop/categories';
import { PriceChange } from './PriceEdit';

export type BulkKind = Bulk['kind'];

/** "-5", "+2,5": percent with at most two decimals. */
function readPercent(text: string): number | undefined {
  const plain = text.trim().replace('−', '-').replace(',', '.').replace(/\s*%$/, '');
  if (!/^[+-]?\d{1,3}(\.\d{1,2})?$/.test(plain)) return undefined;
  const percent = Number(plain);
  return percent > -100 ? percent : undefined;
}

/** One change for all chosen products: shown for each of them before anything is written. */
export function BulkDialog({
  kind,
  products,
  categories,
  currency,
  taxMode,
  onClose,
  onDone,
}: {
  kind: BulkKind;
  products: readonly Product[];
  categories: readonly Category[];
  currency: Currency;
  taxMode: TaxMode;
  onClose: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const show = useShowProduct();
  const [text, setText] = useState('');
  const [categoryId, setCategoryId] = useState('');
  const [done, setDone] = useState<number>();
  const [failures, setFailures] = useState<Failure[]>([]);
  const bulk = bulkOf(kind, text, categoryId, factsOf(currency).cashStep);
  const changes = bulk ? products.filter((product) => changeOf(product, bulk)) : [];
  const running = done !== undefined && done < products.length && failures.length === 0;

  const apply = async () => {
    if (!bulk || running) return;
    setDone(0);
    const { changed, failures: refused } = await applyAll(products, bulk, patchProduct, setDone);
    changed.forEach(show);
    await client.invalidateQueries({ queryKey: ['products'] });
    setFailures(refused);
    if (changed.length > 0) toast(t('bulk_done', { count: changed.length }));
    if (refused.length === 0) {
      onClose();
      onDone();
    }
  };

  return (
    <Dialog
      title={t(`bulk_title_${kind}`, { count: products.length })}
      opened
      onClose={onClose}
      size={640}
    >
      <form
        className={styles['bulkForm']}
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        {failures.length > 0 && (
          <Notice alert title={t('bulk_failed', { count: failures.length })}>
            {failures.map(({ product, why }) => `${product.name} : ${why}`).join(' ')}
          </Notice>
        )}
        {kind === 'category' ? (
          <div>
            <FilterSelect
              label={t('category')}
              value={categoryId}
              options={[{ value: '', label: t('no_category') }, ...categoryOptions(categories)]}
              onChange={setCategoryId}
            />
          </div>
        ) : (
          <TextField
            label={t(kind === 'price' ? 'bulk_percent' : 'bulk_level_field')}
            hint={kind === 'price' ? t('bulk_percent_hint') : t('bulk_level_hint')}
            {...(text.trim() !== '' && !bulk && { error: t('bulk_unreadable') })}
            inputMode="decimal"
            autoComplete="off"
            data-autofocus
            {...(kind === 'price' && { unit: '%' })}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        )}
        {bulk && changes.length === 0 && <p>{t('bulk_nothing')}</p>}
        {bulk && changes.length > 0 && (
          <div
            className={styles['bulkList']}
            role="group"
            aria-label={t('bulk_preview')}
            tabIndex={0}
          >
            <table>
              <caption className="visually-hidden">{t('bulk_preview')}</caption>
              <tbody>
                {changes.map((product) => (
                  <tr key={product.id}>
                    <th scope="row">{product.name}</th>
                    <td>
                      <Before
                        product={product}
                        bulk={bulk}
                        categories={categories}
                        currency={currency}
                        taxMode={taxMode}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {done !== undefined && running && (
          <Progress value={done / products.length} label={t('bulk')} />
        )}
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink" disabled={changes.length === 0 || running}>
            {t('bulk_apply', { count: changes.length })}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function bulkOf(
  kind: BulkKind,
  text: string,
  categoryId: string,
  stepMinor: number,
): Bulk | undefined {
  if (kind === 'category') return { kind, categoryId: categoryId || null };
  if (kind === 'level') {
    const level = parseQuantity(text);
    return level === undefined ? undefined : { kind, level };
  }
  const percent = readPercent(text);
  return percent === undefined ? undefined : { kind, percent, stepMinor };
}

function Before({
  product,
  bulk,
  categories,
  currency,
  taxMode,
}: {
  product: Product;
  bulk: Bulk;
  categories: readonly Category[];
  currency: Currency;
  taxMode: TaxMode;
}) {
  const { t } = useTranslation('products');
  const change = changeOf(product, bulk);
  if (bulk.kind === 'price') {
    const priceMinor = change?.price_minor ?? product.price_minor;
    // Somebody who may not see costs gets the two prices only.
    return product.cost_minor === undefined ? (
      `${formatAmount(product.price_minor, currency)} → ${formatAmount(priceMinor, currency)}`
    ) : (
      <PriceChange
        product={product}
        priceMinor={priceMinor}
        currency={currency}
        taxMode={taxMode}
        short
      />
    );
  }
  if (bulk.kind === 'level') {
    return `${formatQuantity(product.reorder_level)} → ${formatQuantity(bulk.level)}`;
  }
  const named = (id: string | null) =>
    categories.find((category) => category.id === id)?.name ?? t('no_category');
  return `${named(product.category_id)} → ${named(bulk.categoryId)}`;
}
