import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotencyKey, ok } from '@/api/client';
import { formatMoney } from '@/format/money';
import { Button } from '@/ui/Button';
import { DialogActions } from '@/ui/Dialog';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import type { Sale } from '../queries';
import styles from '../sales.module.css';
import { ReasonField } from './RefundForm';
import { shownNumber, useMethodWords } from './words';

const REASONS = ['mistake', 'not_paid', 'twice'] as const;

/** A sale that never was: the goods go back to the shelf, and the money that came in goes back. */
export function VoidForm({ sale, onDone }: { sale: Sale; onDone: () => void }) {
  const { t } = useTranslation('sales');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const words = useMethodWords();
  const [reason, setReason] = useState('');
  const [header] = useState(idempotencyKey);
  const errors = useFieldErrors(['reason']);
  const undo = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/sales/{id}/void', {
          params: { path: { id: sale.id }, header },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: async (voided) => {
      // The answer carries no names: those that are shown stay.
      client.setQueryData(['sales', 'one', sale.id], { ...sale, ...voided });
      toast(t('void_done', { number: shownNumber(sale.number) }));
      await Promise.all(
        [['sales'], ['products'], ['inventory'], ['analytics']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
      onDone();
    },
    onError: errors.take,
  });
  const back = [
    ...sale.payments.map(
      (payment) => `${words(payment)} ${formatMoney(payment.amount_minor, payment.currency)}`,
    ),
    ...sale.change.map((change) => formatMoney(-change.amount_minor, change.currency)),
  ];
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        errors.clear();
        if (!undo.isPending) undo.mutate();
      }}
    >
      {errors.rest && <Notice alert title={errors.rest} />}
      <p>{t('void_what')}</p>
      <p>{t('void_money', { money: back.join(', ') })}</p>
      <ReasonField
        label={t('void_reason')}
        reasons={REASONS.map((name) => t(`reasons.${name}`))}
        error={errors.at('reason')}
        value={reason}
        onChange={setReason}
      />
      <DialogActions>
        <Button onClick={onDone}>{common('action.cancel')}</Button>
        <Button
          type="submit"
          look="chili"
          disabled={reason.trim() === ''}
          aria-busy={undo.isPending}
        >
          {t('void_confirm')}
        </Button>
      </DialogActions>
    </form>
  );
}
