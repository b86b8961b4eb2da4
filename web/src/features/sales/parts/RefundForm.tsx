import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotencyKey, ok } from '@/api/client';
import { formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatWithUnit, isMeasured } from '@/format/quantity';
import { sum, thousandths } from '@/money/exact';
import { useConnection } from '@/connection/useConnection';
import { Button } from '@/ui/Button';
import { DialogActions } from '@/ui/Dialog';
import { CheckField, TextField } from '@/ui/fields';
import { QuantityField } from '@/ui/figures';
import { DoubleRule } from '@/ui/Money';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import type { Sale } from '../queries';
import styles from '../sales.module.css';
import { leftMilli, partMinor } from '../shares';
import { useMethodWords } from './words';

type Line = Sale['lines'][number];

interface Return {
  quantity: number;
  restock: boolean;
}

const REASONS = ['changed_mind', 'damaged', 'wrong_product', 'wrong_price'] as const;

/** Goods that come back, line by line; the money goes back the way it came. */
export function RefundForm({ sale, onDone }: { sale: Sale; onDone: () => void }) {
  const { t } = useTranslation('sales');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const words = useMethodWords();
  const { online } = useConnection();
  const [returns, setReturns] = useState<ReadonlyMap<string, Return>>(new Map());
  const [reason, setReason] = useState('');
  // One id and one key for this deed: sent twice, it is one refund.
  const [deed] = useState(() => ({ id: crypto.randomUUID(), header: idempotencyKey() }));
  const lines = sale.lines.filter((line) => leftMilli(line) > 0);
  const chosen = lines.flatMap((line) => {
    const returned = returns.get(line.id);
    return returned && returned.quantity > 0 ? [{ line, ...returned }] : [];
  });
  const errors = useFieldErrors(['reason', ...chosen.map((_, index) => `lines/${index}/quantity`)]);
  const due = sum(
    chosen.map(({ line, quantity }) => partMinor(sale, line, thousandths(quantity)) ?? 0),
  );
  const refund = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/sales/{id}/refunds', {
          params: { path: { id: sale.id }, header: deed.header },
          body: {
            id: deed.id,
            reason: reason.trim(),
            lines: chosen.map(({ line, quantity, restock }) => ({
              sale_line_id: line.id,
              quantity,
              restock,
            })),
          },
        }),
      ),
    onSuccess: async (made) => {
      const back = made.payments.map(
        (payment) => `${words(payment)} ${formatMoney(payment.amount_minor, payment.currency)}`,
      );
      toast(t('refund_done', { money: back.join(', ') }));
      await Promise.all(
        [['sales'], ['products'], ['inventory'], ['analytics'], ['refunds']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
      onDone();
    },
    onError: errors.take,
  });
  const set = (line: Line, change: Partial<Return>) => {
    const before = returns.get(line.id) ?? { quantity: 0, restock: true };
    setReturns(new Map(returns).set(line.id, { ...before, ...change }));
  };
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        errors.clear();
        if (!refund.isPending && chosen.length > 0) refund.mutate();
      }}
    >
      {errors.rest && <Notice alert title={errors.rest} />}
      <ul className={styles['returns']} aria-label={t('lines')}>
        {lines.map((line) => {
          const most = leftMilli(line) / 1000;
          const now = returns.get(line.id) ?? { quantity: 0, restock: true };
          const at = chosen.findIndex((other) => other.line.id === line.id);
          const wrong = at < 0 ? undefined : errors.at(`lines/${at}/quantity`);
          return (
            <li key={line.id} className={styles['return']}>
              <div className={styles['returnHead']}>
                <span>{keepTogether(line.product_name)}</span>
                <span>
                  {now.quantity > 0 &&
                    formatMoney(
                      partMinor(sale, line, thousandths(now.quantity)) ?? 0,
                      sale.currency,
                    )}
                </span>
              </div>
              <div className={styles['returnDeeds']}>
                <QuantityField
                  label={t('comes_back', { name: line.product_name })}
                  value={now.quantity}
                  step={isMeasured(line.unit) ? 0.5 : 1}
                  onChange={(quantity) => {
                    set(line, { quantity: Math.min(most, quantity) });
                  }}
                />
                <span className={styles['quiet']}>
                  {t('of_sold', { quantity: formatWithUnit(most, line.unit) })}
                </span>
                {now.quantity > 0 && (
                  <CheckField
                    checked={now.restock}
                    onChange={(event) => {
                      set(line, { restock: event.target.checked });
                    }}
                  >
                    {t('restock')}
                  </CheckField>
                )}
              </div>
              {wrong && <p className={styles['voided']}>{wrong}</p>}
            </li>
          );
        })}
      </ul>
      <div>
        <Button
          look="link"
          onClick={() => {
            setReturns(
              new Map(
                lines.map((line) => [line.id, { quantity: leftMilli(line) / 1000, restock: true }]),
              ),
            );
          }}
        >
          {t('refund_all')}
        </Button>
      </div>
      <ReasonField
        label={t('refund_reason')}
        reasons={REASONS.map((name) => t(`reasons.${name}`))}
        error={errors.at('reason')}
        value={reason}
        onChange={setReason}
      />
      <p className={styles['due']}>
        <span>{t('goods_back')}</span>
        <DoubleRule>{formatMoney(due, sale.currency)}</DoubleRule>
      </p>
      <p className={styles['quiet']}>{t('refund_way')}</p>
      {!online && <Notice title={t('needs_network')} />}
      <DialogActions>
        <Button onClick={onDone}>{common('action.cancel')}</Button>
        <Button
          type="submit"
          look="mango"
          disabled={chosen.length === 0 || reason.trim() === '' || !online}
          aria-busy={refund.isPending}
        >
          {t('refund_confirm')}
        </Button>
      </DialogActions>
    </form>
  );
}

/** Why: the usual reasons by a press, or in one's own words. */
export function ReasonField({
  label,
  reasons,
  error,
  value,
  onChange,
}: {
  label: string;
  reasons: readonly string[];
  error: string | undefined;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <div>
      <TextField
        label={label}
        required
        maxLength={200}
        autoComplete="off"
        {...(error && { error })}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
      <div className={styles['deeds']} style={{ margin: '8px 0 0' }}>
        {reasons.map((words) => (
          <Button
            key={words}
            aria-pressed={value === words}
            onClick={() => {
              onChange(words);
            }}
          >
            {words}
          </Button>
        ))}
      </div>
    </div>
  );
}
