import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotencyKey, ok } from '@/api/client';
import { asProblem } from '@/api/problem';
import { formatRate } from '@/format/money';
import { formatPercent } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { CheckField, TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import type { Rate } from '../queries';
import styles from '../settings.module.css';
import { changeOf, firstSide, microsOf } from '../values';

/** The rate from now on: its difference shows while it is typed; one that is far off is asked again. */
export function RateForm({
  currency,
  base,
  present,
}: {
  currency: Currency;
  base: Currency;
  present: Rate | undefined;
}) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  const [unusual, setUnusual] = useState<string>();
  const [confirm, setConfirm] = useState(false);
  // Made once for the deed: what is sent again after a lost answer is the same rate.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const errors = useFieldErrors(['rate_micros']);
  const side = present?.rate_side ?? firstSide(base, currency);
  const micros = microsOf(text);
  const set = useMutation({
    mutationFn: (rate_micros: number) =>
      ok(
        api.POST('/api/v1/rates', {
          params: { header: idempotencyKey(key) },
          body: { currency, rate_micros, rate_side: side, ...(confirm && { confirm }) },
        }),
      ),
    onSuccess: (rate) => {
      const words = formatRate(rate.rate_micros, rate.rate_side, rate.currency, base);
      toast(t('rate_saved', { rate: words }));
      setText('');
      forget();
    },
    onError: (failure) => {
      const problem = asProblem(failure);
      if (problem.is('rate.unusual')) {
        const before = problem.errors[0];
        const figure = before?.['before_rate_micros'];
        const words =
          typeof figure === 'number'
            ? formatRate(figure, present?.rate_side ?? side, currency, base)
            : '';
        setUnusual(words);
      } else errors.take(failure);
      if (!problem.isTransient) setKey(crypto.randomUUID());
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['rates'] }),
  });
  const forget = () => {
    setUnusual(undefined);
    setConfirm(false);
    setWrong(false);
    errors.clear();
    setKey(crypto.randomUUID());
  };
  const change = present && micros ? changeOf(present, micros, side) : undefined;
  return (
    <form
      className={styles['rateForm']}
      onSubmit={(event) => {
        event.preventDefault();
        setWrong(micros === undefined);
        if (micros !== undefined && !set.isPending) set.mutate(micros);
      }}
    >
      {errors.rest && <Notice alert title={errors.rest} />}
      <div className={styles['rateEntry']}>
        <TextField
          label={t('rate_new')}
          hideLabel
          placeholder={t('rate_new')}
          inputMode="decimal"
          autoComplete="off"
          error={isWrong ? t('rate_wrong') : errors.at('rate_micros')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            forget();
          }}
        />
        <Button type="submit" look="ink" aria-busy={set.isPending}>
          {t('rate_set')}
        </Button>
      </div>
      {unusual !== undefined && (
        <Notice alert title={t('rate_unusual', { before: unusual })}>
          <CheckField
            checked={confirm}
            onChange={(event) => {
              setConfirm(event.target.checked);
            }}
          >
            {t('rate_confirm')}
          </CheckField>
        </Notice>
      )}
      <p className={styles['quiet']} aria-live="polite">
        {change === undefined
          ? t('rate_first')
          : t('rate_change', { change: formatPercent(change, { signed: true }) })}
      </p>
    </form>
  );
}
