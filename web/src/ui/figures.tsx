/** Fields for figures: money, quantity, a period. */

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addDays, shopDay } from '@/format/dates';
import { currencySign, formatAmount, parseAmount } from '@/format/money';
import { formatQuantity, parseQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { cx } from './cx';
import { Field, type FieldProps } from './fields';
import styles from './fields.module.css';

/** Money as it is typed in the user's language; what reads in two ways is refused, never guessed. */
export function MoneyField({
  minor,
  currency,
  onChange,
  autoFocus,
  ...field
}: FieldProps & {
  minor: number | undefined;
  currency: Currency;
  onChange: (minor: number | undefined) => void;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(() =>
    minor === undefined ? '' : formatAmount(minor, currency),
  );
  const [left, setLeft] = useState(false);
  const parsed = parseAmount(text, currency);
  const own =
    left && !parsed.ok && parsed.why !== 'empty' ? t(`input.amount_${parsed.why}`) : undefined;
  const error = field.error ?? own;
  return (
    <Field {...field} {...(error ? { error } : {})}>
      {({ id, describedBy, invalid }) => (
        <div
          className={cx(styles['box'], invalid && styles['wrong'], field.large && styles['large'])}
        >
          <input
            id={id}
            className={cx(styles['input'], styles['right'])}
            inputMode="decimal"
            autoComplete="off"
            value={text}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            // eslint-disable-next-line jsx-a11y/no-autofocus
            autoFocus={autoFocus}
            data-autofocus={autoFocus || undefined}
            onFocus={(event) => {
              event.target.select();
            }}
            onChange={(event) => {
              setText(event.target.value);
              setLeft(false);
              const next = parseAmount(event.target.value, currency);
              onChange(next.ok ? next.minor : undefined);
            }}
            onBlur={() => {
              setLeft(true);
              if (parsed.ok) setText(formatAmount(parsed.minor, currency));
            }}
          />
          <span className={styles['unit']}>{currencySign(currency)}</span>
        </div>
      )}
    </Field>
  );
}

/** A quantity with a step down and up. */
export function QuantityField({
  label,
  value,
  onChange,
  step = 1,
  min = 0,
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
  step?: number;
  min?: number;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState<string>();
  const by = (delta: number) => {
    setText(undefined);
    onChange(Math.max(min, Math.round((value + delta) * 1000) / 1000));
  };
  return (
    <div className={styles['stepper']} role="group" aria-label={label}>
      <button
        type="button"
        aria-label={t('action.decrease')}
        onClick={() => {
          by(-step);
        }}
      >
        −
      </button>
      <input
        aria-label={label}
        inputMode="decimal"
        value={text ?? formatQuantity(value)}
        onFocus={(event) => {
          event.target.select();
        }}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onBlur={() => {
          const next = parseQuantity(text ?? '');
          setText(undefined);
          if (next !== undefined && next >= min) onChange(next);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <button
        type="button"
        aria-label={t('action.increase')}
        onClick={() => {
          by(step);
        }}
      >
        +
      </button>
    </div>
  );
}

export interface Period {
  from: string;
  to: string;
}

const DAYS = { day: 1, week: 7, month: 28, quarter: 91 } as const;

type Preset = keyof typeof DAYS;

/** The last so many whole days, today the last of them. */
export function lastDays(days: number, today: string = shopDay()): Period {
  return { from: addDays(today, 1 - days), to: today };
}

/** A period: whole weeks first, so that every weekday meets itself, or any two dates. */
export function PeriodField({
  value,
  onChange,
  today = shopDay(),
}: {
  value: Period;
  onChange: (period: Period) => void;
  today?: string;
}) {
  const { t } = useTranslation();
  const preset = (Object.keys(DAYS) as Preset[]).find((name) => {
    const period = lastDays(DAYS[name], today);
    return period.from === value.from && period.to === value.to;
  });
  const [free, setFree] = useState(preset === undefined);
  const days = (Date.parse(value.to) - Date.parse(value.from)) / 86_400_000 + 1;
  return (
    <div>
      <div className={styles['presets']} role="group" aria-label={t('period.label')}>
        {(Object.keys(DAYS) as Preset[]).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={!free && preset === name}
            onClick={() => {
              setFree(false);
              onChange(lastDays(DAYS[name], today));
            }}
          >
            {t(`period.${name}`)}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={free}
          onClick={() => {
            setFree(true);
          }}
        >
          {t('period.other')}
        </button>
      </div>
      {free && (
        <div className={styles['range']} style={{ marginTop: 8 }}>
          <label>
            {t('period.from')}{' '}
            <input
              type="date"
              value={value.from}
              max={value.to}
              onChange={(event) => {
                if (event.target.value) onChange({ ...value, from: event.target.value });
              }}
            />
          </label>
          <label>
            {t('period.to')}{' '}
            <input
              type="date"
              value={value.to}
              min={value.from}
              max={today}
              onChange={(event) => {
                if (event.target.value) onChange({ ...value, to: event.target.value });
              }}
            />
          </label>
          {days % 7 !== 0 && days > 7 && (
            <span className={styles['hint']}>{t('period.uneven')}</span>
          )}
        </div>
      )}
    </div>
  );
}
