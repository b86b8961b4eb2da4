import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotencyKey, ok } from '@/api/client';
import { formatMoment, formatWeekday } from '@/format/dates';
import { formatPercent, formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Table } from '@/ui/Table';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import type { Rate } from '../queries';
import styles from '../settings.module.css';
import { changeOf } from '../values';

/** The rates, newest first, with the change on the one before; a withdrawn one stays, struck through. */
export function RateHistory({
  rates,
  head,
  instead,
}: {
  rates: readonly Rate[];
  head: string;
  instead: React.ReactNode;
}) {
  const { t } = useTranslation('settings');
  const [withdrawing, setWithdrawing] = useState<Rate>();
  const held = rates.filter((rate) => !rate.withdrawn_at);
  const changeOn = (rate: Rate): string => {
    const before = held[held.indexOf(rate) + 1];
    if (rate.withdrawn_at || !before) return '';
    const change = changeOf(before, rate.rate_micros, rate.rate_side);
    return formatPercent(change, { signed: true }).replace(/\u00a0%$/, '');
  };
  const struck = (rate: Rate) => cx(Boolean(rate.withdrawn_at) && styles['struck']);
  return (
    <>
      <Table<Rate>
        caption={t('history')}
        rows={rates}
        rowKey={(rate) => rate.id}
        columns={[
          {
            key: 'from',
            head: t('valid_from'),
            margin: true,
            cell: (rate) => (
              <span className={cx(styles['moment'], struck(rate))}>
                {formatWeekday(rate.valid_from)} {formatMoment(rate.valid_from).split(' ').at(-1)}
              </span>
            ),
          },
          {
            key: 'rate',
            head,
            figure: true,
            cell: (rate) => (
              <b className={struck(rate)}>{formatQuantity(rate.rate_micros / 1_000_000)}</b>
            ),
          },
          { key: 'change', head: t('change'), figure: true, quiet: true, cell: changeOn },
          {
            key: 'by',
            head: t('by'),
            quiet: true,
            cell: (rate) => rate.actor_name?.split(' ')[0] ?? t('program'),
          },
          {
            key: 'withdraw',
            head: <span className="visually-hidden">{t('withdraw')}</span>,
            figure: true,
            cell: (rate) =>
              rate.withdrawn_at ? (
                <span className={styles['withdrawn']}>{t('withdrawn')}</span>
              ) : (
                <Button
                  look="link"
                  aria-label={`${t('withdraw')} ${formatMoment(rate.valid_from)}`}
                  onClick={() => {
                    setWithdrawing(rate);
                  }}
                >
                  {t('withdraw')}
                </Button>
              ),
          },
        ]}
        below={(rate) =>
          rate.withdrawn_at && (
            <span className={styles['quiet']}>
              {t('withdrawn_by', {
                date: formatMoment(rate.withdrawn_at),
                reason: rate.withdraw_reason ?? '',
              })}
            </span>
          )
        }
        instead={instead}
      />
      {withdrawing && (
        <WithdrawDialog
          rate={withdrawing}
          onClose={() => {
            setWithdrawing(undefined);
          }}
        />
      )}
    </>
  );
}

function WithdrawDialog({ rate, onClose }: { rate: Rate; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [key] = useState(() => crypto.randomUUID());
  const errors = useFieldErrors(['reason']);
  const withdraw = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/rates/{id}/withdraw', {
          params: { path: { id: rate.id }, header: idempotencyKey(key) },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      toast(t('withdrawn_toast'));
      onClose();
    },
    onError: errors.take,
    onSettled: () => client.invalidateQueries({ queryKey: ['rates'] }),
  });
  return (
    <Dialog
      title={t('withdraw_title', { date: formatMoment(rate.valid_from) })}
      opened
      onClose={onClose}
    >
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!withdraw.isPending) withdraw.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <p>{t('withdraw_why')}</p>
        <TextField
          label={t('withdraw_reason')}
          required
          maxLength={500}
          data-autofocus
          error={errors.at('reason')}
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="chili" aria-busy={withdraw.isPending}>
            {t('withdraw')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
