import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useConnection } from '@/connection/useConnection';
import { formatMoney } from '@/format/money';
import { extend, sum } from '@/money/exact';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { Segments, TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section } from '@/ui/page';
import { NoRecords } from '@/ui/states';
import styles from './inventory.module.css';
import type { Line } from './lines';
import { LineList, stockWords } from './parts/LineList';
import { PlaceField } from './parts/PlaceField';
import { ProductFinder } from './parts/ProductFinder';
import { useDocument } from './parts/useDocument';

const REASONS = ['broken', 'expired', 'stolen', 'own_use', 'found'] as const;

interface Head {
  reason: string;
  direction: 'out' | 'in';
  locationId: string;
}

const EMPTY: Head = { reason: '', direction: 'out', locationId: '' };

/** Stock that is not what the book says, and why: broken, expired, found again. */
export default function AdjustPage() {
  const { t } = useTranslation('inventory');
  const { settings } = useShop();
  const { online } = useConnection();
  const currency = settings?.currency ?? 'CDF';
  const document = useDocument(
    'adjustment',
    EMPTY,
    ['reason', 'location_id', 'lines'],
    ({ head, lines }, header) =>
      ok(
        api.POST('/api/v1/inventory/adjustments', {
          params: { header },
          body: {
            reason: head.reason.trim(),
            ...(head.locationId && { location_id: head.locationId }),
            lines: lines.map((line) => ({
              product_id: line.product.id,
              delta: head.direction === 'out' ? -line.quantity : line.quantity,
            })),
          },
        }),
      ),
  );
  const { head, lines, errors } = document;
  const sign = head.direction === 'out' ? -1 : 1;
  const ready =
    lines.length > 0 && lines.every(({ quantity }) => quantity > 0) && head.reason.trim() !== '';
  const known = lines.every(({ product }) => product.cost_minor !== undefined);
  const worth = (line: Line) => extend(line.product.cost_minor ?? 0, sign * line.quantity, 1);
  return (
    <Page>
      <PageHeader title={t('adjust_title')} counts={t('adjust_lead')} />
      {errors.rest && <Notice alert title={errors.rest} />}
      <div className={styles['direction']}>
        <Segments
          label={t('direction')}
          value={head.direction}
          options={[
            { value: 'out', label: t('take_out') },
            { value: 'in', label: t('put_in') },
          ]}
          onChange={(direction) => {
            document.setHead({ direction });
          }}
        />
      </div>
      <div className={styles['head']}>
        <div>
          <TextField
            label={t('reason')}
            required
            maxLength={200}
            autoComplete="off"
            {...(errors.at('reason') && { error: errors.at('reason') })}
            value={head.reason}
            onChange={(event) => {
              document.setHead({ reason: event.target.value });
            }}
          />
          <div className={styles['reasons']}>
            {REASONS.map((name) => (
              <Button
                key={name}
                aria-pressed={head.reason === t(`reasons.${name}`)}
                onClick={() => {
                  document.setHead({
                    reason: t(`reasons.${name}`),
                    ...(name === 'found' && { direction: 'in' }),
                  });
                }}
              >
                {t(`reasons.${name}`)}
              </Button>
            ))}
          </div>
        </div>
        <PlaceField
          label={t('at_place')}
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
          <NoRecords title={t('no_lines')}>{t('no_lines_adjust')}</NoRecords>
        ) : (
          <LineList
            lines={lines}
            currency={currency}
            noteOf={({ product, quantity }) =>
              t('stock_becomes', {
                stock: stockWords(product.on_hand, product.on_hand + sign * quantity, product.unit),
              })
            }
            errorOf={document.errorOf}
            onChange={document.change}
            onDrop={document.drop}
          />
        )}
        {lines.length > 0 && known && (
          <p className={styles['sum']}>
            <span>{t('adjust_worth')}</span>
            <strong>{formatMoney(sum(lines.map(worth)), currency, { signed: true })}</strong>
          </p>
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
          {t('adjust_confirm')}
        </Button>
      </div>
    </Page>
  );
}
