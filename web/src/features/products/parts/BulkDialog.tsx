import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, problemSentence } from '@/api/problem';
import { formatAmount } from '@/format/money';
import { formatQuantity, parseQuantity } from '@/format/quantity';
import { factsOf, type Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { CheckField, TextField } from '@/ui/fields';
import { FilterSelect } from '@/ui/marks';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { apply, changing, preview, type Bulk, type BulkItem, type BulkOutcome } from '../bulk';
import type { Listed } from '../queries';
import styles from '../products.module.css';
import { categoryOptions, type Category } from '@/shop/categories';

export type BulkKind = Exclude<Bulk['kind'], 'archive'>;

/** "-5", "+2,5": percent with at most two decimals. */
function readPercent(text: string): number | undefined {
  const plain = text.trim().replace('−', '-').replace(',', '.').replace(/\s*%$/, '');
  if (!/^[+-]?\d{1,3}(\.\d{1,2})?$/.test(plain)) return undefined;
  const percent = Number(plain);
  return percent > -100 ? percent : undefined;
}

/** One change for all chosen products: the server shows what it does to each, then does it, all or none. */
export function BulkDialog({
  kind,
  products,
  categories,
  currency,
  onClose,
  onDone,
}: {
  kind: BulkKind;
  products: readonly Listed[];
  categories: readonly Category[];
  currency: Currency;
  onClose: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [categoryId, setCategoryId] = useState('');
  const [belowCost, setBelowCost] = useState(false);
  const bulk = bulkOf(kind, text, categoryId, factsOf(currency).cashStep);
  const ids = products.map(({ id }) => id);
  const shown = useQuery({
    queryKey: ['products', 'bulk', ids, bulk],
    queryFn: ({ signal }) => (bulk ? preview(ids, bulk, signal) : null),
    enabled: bulk !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  const outcome = bulk ? shown.data : undefined;
  const change = useMutation({
    mutationFn: ({ to, of }: { to: Bulk; of: BulkOutcome }) => apply(of, to, { belowCost }),
    onSuccess: (done) => {
      toast(t('bulk_done', { count: done.changed }));
      void client.invalidateQueries({ queryKey: ['products'] });
      onClose();
      onDone();
    },
    onError: (failure) => {
      // Somebody was faster: what it does now is shown, and asked for again.
      if (asProblem(failure).is('request.precondition_failed')) void shown.refetch();
    },
  });
  const rows = outcome ? changing(outcome.items) : [];
  const passes = outcome?.below_cost ?? 0;
  const ready =
    bulk !== undefined &&
    rows.length > 0 &&
    !shown.isPlaceholderData &&
    !change.isPending &&
    (passes === 0 || belowCost || kind !== 'price');
  const refusal = change.error ?? shown.error;

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
          if (ready && outcome) change.mutate({ to: bulk, of: outcome });
        }}
      >
        {refusal && (
          <Notice alert title={t('bulk_refused')}>
            {problemSentence(asProblem(refusal))}
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
        {outcome && rows.length === 0 && <p>{t('bulk_nothing')}</p>}
        {rows.length > 0 && (
          <Rows rows={rows} kind={kind} categories={categories} currency={currency} />
        )}
        {kind === 'price' && passes > 0 && (
          <>
            <Notice title={t('bulk_below_cost', { count: passes })} />
            <CheckField
              checked={belowCost}
              onChange={(event) => {
                setBelowCost(event.target.checked);
              }}
            >
              {t('bulk_below_cost_allow')}
            </CheckField>
          </>
        )}
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink" disabled={!ready}>
            {t('bulk_apply', { count: rows.length })}
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

/** What was and what will be, product by product: prices with the margin that they leave. */
function Rows({
  rows,
  kind,
  categories,
  currency,
}: {
  rows: readonly BulkItem[];
  kind: BulkKind;
  categories: readonly Category[];
  currency: Currency;
}) {
  const { t } = useTranslation('products');
  const money = (minor: number) => formatAmount(minor, currency);
  const named = (id: string | null) =>
    categories.find((category) => category.id === id)?.name ?? t('no_category');
  const words = ({ before, after }: BulkItem): [string, string] =>
    kind === 'price'
      ? [money(before.price_minor), money(after.price_minor)]
      : kind === 'level'
        ? [formatQuantity(before.reorder_level), formatQuantity(after.reorder_level)]
        : [named(before.category_id), named(after.category_id)];
  return (
    <div className={styles['bulkList']} role="group" aria-label={t('bulk_preview')} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{t('bulk_preview')}</caption>
        <tbody>
          {rows.map((item) => {
            const [before, after] = words(item);
            return (
              <tr key={item.product_id}>
                <th scope="row">{item.name}</th>
                <td>
                  <s>{before}</s> → <b>{after}</b>
                </td>
                {kind === 'price' && (
                  <td>
                    {t('margin_word')} {money(item.before.unit_margin_minor)} →{' '}
                    <b className={item.below_cost ? styles['under'] : undefined}>
                      {money(item.after.unit_margin_minor)}
                    </b>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
