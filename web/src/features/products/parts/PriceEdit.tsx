import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAmount, formatMoney, parseAmount } from '@/format/money';
import { formatPercent } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import type { TaxMode } from '@/money/pricing';
import { Kbd } from '@/ui/Kbd';
import { marginOf } from '../margin';
import { useChangePrice, type Listed } from '../queries';
import styles from '../products.module.css';

export interface PriceEdit {
  id: string;
  text: string;
}

/** A price that is changed where it stands: Enter saves, Escape leaves it as it was. */
export function PriceCell({
  product,
  currency,
  edit,
  onEdit,
}: {
  product: Listed;
  currency: Currency;
  edit: PriceEdit | undefined;
  onEdit: (edit: PriceEdit | undefined) => void;
}) {
  const { t } = useTranslation('products');
  const change = useChangePrice();
  const button = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const wasOpen = useRef(false);
  const open = edit?.id === product.id;
  useEffect(() => {
    if (open) {
      input.current?.focus();
      input.current?.select();
    } else if (wasOpen.current && document.activeElement === document.body) {
      button.current?.focus();
    }
    wasOpen.current = open;
  }, [open]);
  if (!open) {
    return (
      <button
        ref={button}
        type="button"
        className={styles['price']}
        aria-label={t('change_price', {
          name: product.name,
          price: formatMoney(product.price_minor, currency),
        })}
        onClick={() => {
          onEdit({ id: product.id, text: formatAmount(product.price_minor, currency) });
        }}
      >
        {formatAmount(product.price_minor, currency)}
      </button>
    );
  }
  const parsed = parseAmount(edit.text, currency);
  const save = () => {
    if (!parsed.ok || parsed.minor < 0) return;
    onEdit(undefined);
    if (parsed.minor !== product.price_minor) {
      change.mutate({ product, priceMinor: parsed.minor });
    }
  };
  return (
    <input
      ref={input}
      className={styles['edit']}
      inputMode="decimal"
      autoComplete="off"
      aria-label={t('new_price', { name: product.name })}
      aria-invalid={!parsed.ok || undefined}
      aria-describedby="price-preview"
      value={edit.text}
      onChange={(event) => {
        onEdit({ id: product.id, text: event.target.value });
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
        else if (event.key === 'Escape') onEdit(undefined);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onBlur={() => {
        // Left by a click elsewhere: nothing is saved that was not said.
        if (document.hasFocus()) onEdit(undefined);
      }}
    />
  );
}

/** What the new price does, under its row. */
export function PricePreview({
  product,
  text,
  currency,
  taxMode,
}: {
  product: Listed;
  text: string;
  currency: Currency;
  taxMode: TaxMode;
}) {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const parsed = parseAmount(text, currency);
  return (
    <div className={styles['preview']} id="price-preview" role="status">
      {parsed.ok ? (
        <PriceChange
          product={product}
          priceMinor={parsed.minor}
          currency={currency}
          taxMode={taxMode}
        />
      ) : (
        <span className={styles['low']}>{common(`input.amount_${parsed.why}`)}</span>
      )}
      <span className={styles['keys']}>
        <Kbd>{common('key.enter')}</Kbd> {t('key_save')} <Kbd>{common('key.escape')}</Kbd>{' '}
        {t('key_cancel')}
      </span>
    </div>
  );
}

/** Old price → new price, without tax, and the margin before and after. */
export function PriceChange({
  product,
  priceMinor,
  currency,
  taxMode,
}: {
  product: Listed;
  priceMinor: number;
  currency: Currency;
  taxMode: TaxMode;
}) {
  const { t } = useTranslation('products');
  const { cost_minor: cost, tax_rate_bp: rate } = product;
  const words = (minor: number) => {
    const { marginMinor, ratio } = marginOf(minor, cost ?? 0, rate, taxMode);
    return `${formatMoney(marginMinor, currency)}${
      ratio === undefined ? '' : ` (${formatPercent(ratio, { digits: 0 })})`
    }`;
  };
  const { netMinor } = marginOf(priceMinor, cost ?? 0, rate, taxMode);
  return (
    <span>
      <s>{formatAmount(product.price_minor, currency)}</s> →{' '}
      <strong>{formatMoney(priceMinor, currency)}</strong>
      {taxMode === 'included' &&
        rate > 0 &&
        ` · ${t('net', { amount: formatAmount(netMinor, currency) })}`}
      {cost !== undefined && (
        <>
          {` · ${t('margin_word')} ${words(product.price_minor)} → `}
          <strong>{words(priceMinor)}</strong>
        </>
      )}
      {` · ${t('label_again')}`}
    </span>
  );
}
