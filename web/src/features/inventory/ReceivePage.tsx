import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useMay } from '@/auth/useSession';
import { useConnection } from '@/connection/useConnection';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { extend, sum } from '@/money/exact';
import { shownStep } from '@/money/currencies';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/fields';
import { DoubleRule } from '@/ui/Money';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section } from '@/ui/page';
import { NoRecords } from '@/ui/states';
import styles from './inventory.module.css';
import { averageCost, type Line } from './lines';
import { LineList, stockWords } from './parts/LineList';
import { PlaceField } from './parts/PlaceField';
import { ProductFinder } from './parts/ProductFinder';
import { useDocument } from './parts/useDocument';

const EMPTY = { supplier: '', reference: '', locationId: '' };

/** Goods that came in: scanned one by one, each with its quantity and what it cost this time. */
export default function ReceivePage() {
  const { t } = useTranslation('inventory');
  const may = useMay();
  const { settings } = useShop();
  const { online } = useConnection();
  const currency = settings?.currency ?? 'CDF';
  const document = useDocument(
    'receipt',
    EMPTY,
    ['supplier', 'reference', 'location_id', 'lines'],
    ({ head, lines }, header) =>
      ok(
        api.POST('/api/v1/inventory/receipts', {
          params: { header },
          body: {
            lines: [...lines].reverse().map((line) => ({
              product_id: line.product.id,
              quantity: line.quantity,
              unit_cost_minor: costOf(line) ?? null,
            })),
            ...(head.locationId && { location_id: head.locationId }),
            ...(head.supplier.trim() && { supplier: head.supplier.trim() }),
            ...(head.reference.trim() && { reference: head.reference.trim() }),
          },
        }),
      ),
  );
  const { head, lines, errors } = document;
  const ready =
    lines.length > 0 &&
    lines.every(({ quantity, costMinor }) => quantity > 0 && costMinor !== null);
  const worth = (line: Line) => extend(costOf(line) ?? 0, line.quantity, shownStep(currency));
  const noteOf = (line: Line) => {
    const { on_hand: before, unit } = line.product;
    const stock = t('stock_becomes', { stock: stockWords(before, before + line.quantity, unit) });
    const cost = costOf(line);
    if (cost === undefined || line.product.cost_minor === undefined) return stock;
    const next = averageCost(before, line.product.cost_minor, line.quantity, cost);
    if (next === line.product.cost_minor) return stock;
    return `${stock} · ${t('cost_becomes', {
      before: formatAmount(line.product.cost_minor, currency),
      after: formatMoney(next, currency),
    })}`;
  };
  // The pointer of a refusal counts lines as they were sent: the oldest first.
  const errorOf = (index: number) => document.errorOf(lines.length - 1 - index);
  return (
    <Page>
      <PageHeader title={t('receive_title')} counts={t('receive_lead')} />
      {errors.rest && <Notice alert title={errors.rest} />}
      <div className={styles['head']}>
        <TextField
          label={t('supplier')}
          maxLength={200}
          {...(errors.at('supplier') && { error: errors.at('supplier') })}
          value={head.supplier}
          onChange={(event) => {
            document.setHead({ supplier: event.target.value });
          }}
        />
        <TextField
          label={t('note_number')}
          maxLength={100}
          autoComplete="off"
          {...(errors.at('reference') && { error: errors.at('reference') })}
          value={head.reference}
          onChange={(event) => {
            document.setHead({ reference: event.target.value });
          }}
        />
        <PlaceField
          label={t('to_place')}
          value={head.locationId}
          error={errors.at('location_id')}
          onChange={(locationId) => {
            document.setHead({ locationId });
          }}
        />
      </div>
      <Section
        title={t('goods')}
        note={lines.length > 0 ? t('line_count', { count: lines.length }) : undefined}
      >
        <ProductFinder onPick={document.add} />
        {lines.length === 0 ? (
          <NoRecords title={t('no_lines')}>{t('no_lines_receive')}</NoRecords>
        ) : (
          <>
            <div className={styles['lineHeads']} aria-hidden="true">
              <span>{t('product')}</span>
              <span>{t('quantity')}</span>
              {may('readCosts') && <span>{t('unit_cost', { sign: currencySign(currency) })}</span>}
              <span>{t('amount', { sign: currencySign(currency) })}</span>
              <span />
            </div>
            <LineList
              lines={lines}
              currency={currency}
              withCost={may('readCosts')}
              noteOf={noteOf}
              figureOf={(line) => formatAmount(worth(line), currency)}
              errorOf={errorOf}
              onChange={document.change}
              onDrop={document.drop}
            />
            <p className={styles['sum']}>
              <span>{t('receipt_total')}</span>
              <DoubleRule>{formatMoney(sum(lines.map(worth)), currency)}</DoubleRule>
            </p>
          </>
        )}
      </Section>
      {!online && <Notice title={t('needs_network')} />}
      <div className={styles['deeds']}>
        <Button
          look="mango"
          size="large"
          disabled={!ready || !online}
          aria-busy={document.isSending}
          onClick={document.send}
        >
          {t('receive_confirm')}
        </Button>
      </div>
    </Page>
  );
}

function costOf(line: Line): number | undefined {
  return line.costMinor ?? line.product.cost_minor;
}
