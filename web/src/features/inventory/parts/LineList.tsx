import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { keepTogether } from '@/format/names';
import { formatWithUnit, isMeasured, unitSign } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { MoneyField, QuantityField } from '@/ui/figures';
import styles from '../inventory.module.css';
import type { Line } from '../lines';

/** The lines of a document: quantity, what one costs where that matters, and what it makes of the stock. */
export function LineList({
  lines,
  currency,
  withCost,
  signed,
  max,
  noteOf,
  figureOf,
  errorOf,
  onChange,
  onDrop,
}: {
  lines: readonly Line[];
  currency: Currency;
  withCost?: boolean;
  /** Quantities may go below nothing: a correction. */
  signed?: boolean;
  max?: (line: Line) => number | undefined;
  noteOf: (line: Line) => React.ReactNode;
  figureOf?: (line: Line) => React.ReactNode;
  errorOf: (index: number) => string | undefined;
  onChange: (id: string, change: Partial<Line>) => void;
  onDrop: (line: Line) => void;
}) {
  const { t } = useTranslation('inventory');
  return (
    <ul className={styles['lines']} aria-label={t('lines')}>
      {lines.map((line, index) => {
        const error = errorOf(index);
        const { product } = line;
        const most = max?.(line);
        return (
          <li key={product.id} className={styles['line']}>
            <div className={styles['lineName']}>
              <strong>{keepTogether(product.name)}</strong>
              <span className={styles['quiet']}>{noteOf(line)}</span>
              {error && <span className={styles['wrong']}>{error}</span>}
            </div>
            <div className={styles['lineQuantity']}>
              <QuantityField
                label={t('quantity_of', { name: product.name })}
                value={line.quantity}
                step={isMeasured(product.unit) ? 0.5 : 1}
                min={signed ? -1_000_000 : 0}
                onChange={(quantity) => {
                  onChange(product.id, {
                    quantity: most === undefined ? quantity : Math.min(most, quantity),
                  });
                }}
              />
              <span className={styles['unit']}>{unitSign(product.unit)}</span>
            </div>
            {withCost && (
              <div className={styles['lineCost']}>
                <MoneyField
                  key={product.id}
                  label={t('unit_cost_of', { name: product.name })}
                  hideLabel
                  currency={currency}
                  minor={line.costMinor ?? product.cost_minor}
                  {...(line.costMinor === null && { error: t('cost_wrong') })}
                  onChange={(costMinor) => {
                    onChange(product.id, { costMinor: costMinor ?? null });
                  }}
                />
              </div>
            )}
            {figureOf && <div className={styles['lineFigure']}>{figureOf(line)}</div>}
            <Button
              look="bare"
              className={cx(styles['drop'])}
              aria-label={t('drop', { name: product.name })}
              onClick={() => {
                onDrop(line);
              }}
            >
              <IconX size={18} stroke={1.7} aria-hidden />
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

/** "8 → 32 kg": the stock before and after. */
export function stockWords(before: number, after: number, unit: string): string {
  return `${formatWithUnit(before, unit)} → ${formatWithUnit(Math.round(after * 1000) / 1000, unit)}`;
}
