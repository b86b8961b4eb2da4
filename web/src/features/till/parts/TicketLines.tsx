import { IconPencil, IconPercentage, IconTrash } from '@tabler/icons-react';
import { Fragment, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAmount, formatMoney } from '@/format/money';
import { formatQuantity, isMeasured, unitSign } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Kbd } from '@/ui/Kbd';
import { QuantityField } from '@/ui/figures';
import { cx } from '@/ui/cx';
import { useMedia } from '@/ui/useMedia';
import type { Ticket, TicketLine, Totals } from '../core/ticket';
import styles from '../ticket.module.css';

export interface LineDeeds {
  onSelect: (key: string) => void;
  onQuantity: (key: string, quantity: number) => void;
  onRemove: (key: string) => void;
  /** Absent for who may not. */
  onDiscount?: ((line: TicketLine) => void) | undefined;
  onPrice?: ((line: TicketLine) => void) | undefined;
}

/** The lines as a page of the register: quantity in the margin, amounts at the right. */
export function TicketLines({
  ticket,
  totals,
  currency,
  frozen,
  flash,
  deeds,
}: {
  ticket: Ticket;
  totals: Totals;
  currency: Currency;
  frozen: boolean;
  flash: { key: string; at: number } | undefined;
  deeds: LineDeeds;
}) {
  const { t } = useTranslation('till');
  const scroll = useRef<HTMLDivElement>(null);
  useEffect(() => {
    scroll.current
      ?.querySelector('[aria-current="true"]')
      ?.closest('tr')
      ?.scrollIntoView({ block: 'nearest' });
  }, [ticket.selected, ticket.lines.length, flash?.at]);
  return (
    // Focusable, so that a keyboard can scroll it.
    <div
      className={styles['scroll']}
      ref={scroll}
      tabIndex={0}
      role="group"
      aria-label={t('ticket')}
    >
      <table className={styles['lines']}>
        <colgroup>
          <col />
          <col />
          <col className={styles['priceCol']} />
          <col className={styles['amountCol']} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{t('quantity')}</th>
            <th scope="col" className={styles['word']}>
              {t('article')}
            </th>
            <th scope="col" className={styles['unitPrice']}>
              {t('price')}
            </th>
            <th scope="col">{t('amount')}</th>
          </tr>
        </thead>
        <tbody>
          {ticket.lines.map((line, index) => (
            <Line
              key={line.key === flash?.key ? `${line.key}-${flash.at}` : line.key}
              line={line}
              amountMinor={totals.lines[index]?.subtotalMinor ?? 0}
              currency={currency}
              selected={!frozen && line.key === ticket.selected}
              flashing={line.key === flash?.key}
              deeds={deeds}
            />
          ))}
          {ticket.discountMinor > 0 && (
            <tr className={styles['discount']}>
              <td />
              <td className={styles['word']}>{discountWords(t, ticket.discountReason)}</td>
              <td className={styles['unitPrice']} />
              <td>{formatAmount(-ticket.discountMinor, currency)}</td>
            </tr>
          )}
        </tbody>
      </table>
      <div className={styles['blank']} />
    </div>
  );
}

function discountWords(t: ReturnType<typeof useTranslation<'till'>>['t'], reason: string): string {
  return reason ? t('discount_named', { reason }) : t('discount_row');
}

function Line({
  line,
  amountMinor,
  currency,
  selected,
  flashing,
  deeds,
}: {
  line: TicketLine;
  amountMinor: number;
  currency: Currency;
  selected: boolean;
  flashing: boolean;
  deeds: LineDeeds;
}) {
  const { t } = useTranslation('till');
  const measured = isMeasured(line.unit);
  const price = formatMoney(line.unitPriceMinor, currency);
  const mark = cx(selected && styles['selected'], flashing && styles['flash']);
  const hasMore = selected || line.discountMinor > 0;
  // Without the column of prices, a wider cell would bring it back.
  const narrow = useMedia('(max-width: 1099px)');
  return (
    <Fragment>
      <tr className={cx(mark, hasMore && styles['open'])}>
        <td>
          {formatQuantity(line.quantity, { pad: measured ? 3 : 0 })}
          {measured && <span className={styles['unit']}> {unitSign(line.unit)}</span>}
        </td>
        <td className={styles['word']}>
          <button
            type="button"
            className={styles['pick']}
            data-line={line.key}
            aria-current={selected ? 'true' : undefined}
            onClick={() => {
              deeds.onSelect(line.key);
            }}
          >
            {line.name}
            {(line.quantity !== 1 || measured) && (
              <span className={styles['under']}>
                {measured ? t('per', { price, unit: unitSign(line.unit) }) : t('each', { price })}
              </span>
            )}
          </button>
        </td>
        <td className={styles['unitPrice']}>{formatAmount(line.unitPriceMinor, currency)}</td>
        <td className={styles['amount']}>{formatAmount(amountMinor, currency)}</td>
      </tr>
      {line.discountMinor > 0 && (
        <tr className={cx(styles['discount'], mark, selected && styles['open'])}>
          <td />
          <td className={styles['word']}>{discountWords(t, line.discountReason)}</td>
          <td className={styles['unitPrice']} />
          <td>{formatAmount(-line.discountMinor, currency)}</td>
        </tr>
      )}
      {selected && (
        <tr className={cx(styles['actions'], styles['selected'])}>
          <td colSpan={narrow ? 3 : 4}>
            <div className={styles['deeds']}>
              <QuantityField
                label={t('quantity')}
                value={line.quantity}
                min={0.001}
                onChange={(quantity) => {
                  deeds.onQuantity(line.key, quantity);
                }}
              />
              {deeds.onDiscount && (
                <button
                  type="button"
                  className={styles['deed']}
                  aria-keyshortcuts="F4"
                  onClick={() => deeds.onDiscount?.(line)}
                >
                  <IconPercentage size={18} stroke={1.7} aria-hidden />
                  {t('discount')}
                  <Kbd inherit>F4</Kbd>
                </button>
              )}
              {deeds.onPrice && (
                <button
                  type="button"
                  className={styles['deed']}
                  onClick={() => deeds.onPrice?.(line)}
                >
                  <IconPencil size={18} stroke={1.7} aria-hidden />
                  {t('change_price')}
                </button>
              )}
              <button
                type="button"
                className={cx(styles['deed'], styles['remove'])}
                aria-keyshortcuts="Delete"
                onClick={() => {
                  deeds.onRemove(line.key);
                }}
              >
                <IconTrash size={18} stroke={1.7} aria-hidden />
                {t('remove')}
              </button>
            </div>
          </td>
        </tr>
      )}
    </Fragment>
  );
}
