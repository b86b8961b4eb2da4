import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { addDays, dayMoment, formatMonth, formatWeekday } from '@/format/dates';
import { Button } from '@/ui/Button';
import { addMonths, spanOf, type Asked, type Kind } from './kinds';
import styles from './reports.module.css';

type Change = (changes: Record<string, string>) => void;

/** The days of a report: a day or a month with a step back and forth, any two days, or today. */
export function DaysChooser({
  kind,
  asked,
  today,
  onChange,
}: {
  kind: Kind;
  asked: Asked;
  today: string;
  onChange: Change;
}) {
  const { t } = useTranslation('reports');
  const { t: common } = useTranslation();
  const span = spanOf(kind);
  if (span === 'today') return <p className={styles['quiet']}>{t('today_only')}</p>;
  if (span === 'day') {
    return (
      <Stepper
        label={t('day')}
        words={formatWeekday(dayMoment(asked.day))}
        before={t('day_before')}
        after={t('day_after')}
        isLast={asked.day >= today}
        onStep={(by) => {
          onChange({ jour: addDays(asked.day, by) });
        }}
      >
        <input
          type="date"
          aria-label={t('day')}
          value={asked.day}
          max={today}
          onChange={(event) => {
            if (event.target.value) onChange({ jour: event.target.value });
          }}
        />
      </Stepper>
    );
  }
  const { free } = asked;
  if (free) {
    return (
      <div className={styles['range']}>
        <label>
          {common('period.from')}{' '}
          <input
            type="date"
            value={free.from}
            max={free.to}
            onChange={(event) => {
              if (event.target.value) onChange({ du: event.target.value, au: free.to });
            }}
          />
        </label>
        <label>
          {common('period.to')}{' '}
          <input
            type="date"
            value={free.to}
            min={free.from}
            max={today}
            onChange={(event) => {
              if (event.target.value) onChange({ du: free.from, au: event.target.value });
            }}
          />
        </label>
        <Button
          look="link"
          onClick={() => {
            onChange({ du: '', au: '' });
          }}
        >
          {t('back_to_month')}
        </Button>
      </div>
    );
  }
  return (
    <div className={styles['range']}>
      <Stepper
        label={t('month')}
        words={formatMonth(`${asked.month}-01`)}
        before={t('month_before')}
        after={t('month_after')}
        isLast={asked.month >= today.slice(0, 7)}
        onStep={(by) => {
          onChange({ mois: addMonths(asked.month, by) });
        }}
      />
      <Button
        look="link"
        onClick={() => {
          onChange({ du: addDays(today, -27), au: today });
        }}
      >
        {t('dates')}
      </Button>
    </div>
  );
}

function Stepper({
  label,
  words,
  before,
  after,
  isLast,
  onStep,
  children,
}: {
  label: string;
  words: string;
  before: string;
  after: string;
  isLast: boolean;
  onStep: (by: number) => void;
  children?: React.ReactNode;
}) {
  return (
    <div className={styles['stepper']} role="group" aria-label={label}>
      <button
        type="button"
        aria-label={before}
        onClick={() => {
          onStep(-1);
        }}
      >
        <IconChevronLeft size={18} stroke={1.8} aria-hidden />
      </button>
      {children ?? <b aria-live="polite">{words}</b>}
      <button
        type="button"
        aria-label={after}
        disabled={isLast}
        onClick={() => {
          onStep(1);
        }}
      >
        <IconChevronRight size={18} stroke={1.8} aria-hidden />
      </button>
    </div>
  );
}
