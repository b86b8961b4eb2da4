/** Small marks that several pages share. */

import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { formatPercent, formatQuantity } from '@/format/quantity';
import { cx } from './cx';
import styles from './marks.module.css';

const SPAN = 14;
const WIDTH = 56;

/**
 * Days left: a bar of fourteen days with a tick at the time of delivery, the figure beside it. Chili
 * when running out before the delivery is likelier than not.
 */
export function DaysLeft({
  days,
  leadTimeDays,
  isShort,
}: {
  days: number;
  leadTimeDays: number;
  isShort: boolean;
}) {
  const { t } = useTranslation();
  const at = (value: number) => (Math.min(SPAN, Math.max(0, value)) / SPAN) * WIDTH;
  const shown = Math.floor(days);
  return (
    <span className={styles['days']}>
      <svg width={WIDTH} height="14" aria-hidden="true">
        <rect className={styles['track']} y="5" width={WIDTH} height="4" />
        <rect
          className={cx(styles['bar'], isShort && styles['short'])}
          y="3"
          width={at(days)}
          height="8"
        />
        <line
          className={styles['tick']}
          x1={at(leadTimeDays)}
          x2={at(leadTimeDays)}
          y1="0"
          y2="14"
        />
      </svg>
      <b>{formatQuantity(shown)}</b>
      <span className="visually-hidden">{t('age.days')}</span>
    </span>
  );
}

/** How grave a finding is: shape and fill, and its word for screen readers. */
export function Diamond({
  severity,
  label,
}: {
  severity: 'high' | 'medium' | 'low';
  label: string;
}) {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" role="img" aria-label={label}>
      <path className={cx(styles['diamond'], styles[severity])} d="M7 1l6 6-6 6-6-6z" />
    </svg>
  );
}

/** One filter of a row of filters: its name, and what is chosen. */
export function FilterSelect({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <span className={styles['filter']}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}

/** A day as a filter: empty for any. */
export function DayField({
  label,
  value,
  min,
  max,
  onChange,
}: {
  label: string;
  value: string;
  min?: string;
  max?: string;
  onChange: (day: string) => void;
}) {
  const id = useId();
  return (
    <span className={styles['filter']}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        value={value}
        {...(min && { min })}
        {...(max && { max })}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </span>
  );
}

/** How far long work is. */
export function Progress({ value, label }: { value: number; label: string }) {
  return (
    <span className={styles['progress']}>
      {formatPercent(value, { digits: 0 })}
      <progress value={value} max={1} aria-label={label} />
    </span>
  );
}
