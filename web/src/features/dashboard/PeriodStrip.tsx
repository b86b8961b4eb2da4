import { useTranslation } from 'react-i18next';
import { dayMoment, formatDay, formatTime, formatWeekday } from '@/format/dates';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { formatPercent, formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import type { Period } from '@/ui/figures';
import { Figure } from '@/ui/Money';
import { Change, CompareStrip, type CompareRow } from '@/ui/Strip';
import { useMedia } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { PageLink } from './PageLink';
import {
  before,
  daysIn,
  FIGURES,
  growth,
  totalsOf,
  usualDay,
  within,
  type FigureName,
  type Point,
  type Totals,
} from './periods';

interface StripProps {
  points: readonly Point[];
  period: Period;
  yesterday: string;
  today: string;
  currency: Currency;
  computedAt: string;
}

/** The strip is a table: the period, the same weekdays before, the difference, yesterday, today. */
export function PeriodStrip(props: StripProps) {
  const narrow = useMedia('(max-width: 767px)');
  return narrow ? <Turned {...props} /> : <Wide {...props} />;
}

const salesOf = ({ from, to }: Period) => `/ventes?du=${from}&au=${to}`;

/** Where a figure is explained: by the tickets, or by the products. */
const explains = (name: FigureName, period: Period) =>
  name === 'marginMinor' ? '/produits' : salesOf(period);

function useRows({ points, period, yesterday, today }: StripProps) {
  const now = totalsOf(within(points, period));
  const then = totalsOf(within(points, before(period)));
  const day = (date: string) => totalsOf(within(points, { from: date, to: date }));
  const isYesterday = period.from === yesterday && period.to === yesterday;
  return {
    now,
    then,
    yesterday: isYesterday ? undefined : day(yesterday),
    usual: usualDay(points, yesterday),
    today: day(today),
  };
}

const amount = (totals: Totals, name: FigureName, currency: Currency, signed = false) =>
  name === 'sales'
    ? formatQuantity(totals.sales, { signed })
    : formatAmount(totals[name], currency, { signed });

function minus(a: Totals, b: Totals): Totals {
  const entries = FIGURES.map((name) => [name, a[name] - b[name]]);
  return Object.fromEntries(entries) as Totals;
}

function Growth({ now, then }: { now: number; then: number }) {
  const ratio = growth(now, then);
  return ratio === undefined ? null : <Change ratio={ratio} />;
}

function Wide(props: StripProps) {
  const { period, currency, yesterday, today, computedAt } = props;
  const { t } = useTranslation('dashboard');
  const rows = useRows(props);
  const days = daysIn(period);
  const earlier = before(period);
  const difference = minus(rows.now, rows.then);
  const day = (date: string) => formatDay(dayMoment(date));
  const shown: CompareRow[] = [
    {
      kind: 'lead',
      head: t('days', { count: days }),
      note: days > 1 && days % 7 === 0 ? t('weeks', { count: days / 7 }) : undefined,
      cells: FIGURES.map((name) => (
        <>
          <PageLink to={explains(name, period)} className={styles['figureLink']}>
            {amount(rows.now, name, currency)}
          </PageLink>
          {name === 'marginMinor' && rows.now.netMinor > 0 && (
            <span className={styles['under']}>
              {t('of_net', { share: formatPercent(rows.now.marginMinor / rows.now.netMinor) })}
            </span>
          )}
        </>
      )),
    },
    {
      kind: 'quiet',
      head: t('before', { count: days }),
      note: t('before_days', { from: day(earlier.from), to: day(earlier.to) }),
      cells: FIGURES.map((name) => (
        <PageLink key={name} to={explains(name, earlier)} className={styles['figureLink']}>
          {amount(rows.then, name, currency)}
        </PageLink>
      )),
    },
    {
      head: t('difference'),
      cells: FIGURES.map((name) => (
        <>
          {amount(difference, name, currency, true)}
          <Growth now={rows.now[name]} then={rows.then[name]} />
        </>
      )),
    },
  ];
  if (rows.yesterday) {
    const { yesterday: totals, usual } = rows;
    shown.push({
      kind: 'ground',
      head: t('yesterday', { day: formatWeekday(dayMoment(yesterday)) }),
      note: usual && t('mean_of_four'),
      cells: FIGURES.map((name) => (
        <>
          <b>{amount(totals, name, currency)}</b>
          {usual && <Growth now={totals[name]} then={usual[name]} />}
        </>
      )),
    });
  }
  shown.push({
    kind: 'ground',
    head: t('today', { day: formatWeekday(dayMoment(today)) }),
    note: t('so_far', { time: formatTime(computedAt) }),
    cells: FIGURES.map((name) => (
      <PageLink
        key={name}
        to={explains(name, { from: today, to: today })}
        className={styles['figureLink']}
      >
        {amount(rows.today, name, currency)}
      </PageLink>
    )),
  });
  return (
    <div className={styles['strip']}>
      <CompareStrip
        caption={t('strip')}
        corner={t('period', { from: day(period.from), to: day(period.to) })}
        heads={FIGURES.map((name) =>
          name === 'sales'
            ? t('figure.sales')
            : `${t(`figure.${name}`)}, ${currencySign(currency)}`,
        )}
        rows={shown}
      />
    </div>
  );
}

/** On a phone: one line per figure, the difference at the right. */
function Turned(props: StripProps) {
  const { period, currency, yesterday, today, computedAt } = props;
  const { t } = useTranslation('dashboard');
  const rows = useRows(props);
  const days = t('days', { count: daysIn(period) });
  const difference = minus(rows.now, rows.then);
  const day = (date: string) => formatDay(dayMoment(date));
  return (
    <table className={styles['turned']}>
      <caption className="visually-hidden">{t('strip')}</caption>
      <thead>
        <tr>
          <th scope="col">{`${day(period.from)} – ${day(period.to)}`}</th>
          <th scope="col">{days}</th>
          <th scope="col">{t('against', { days })}</th>
        </tr>
      </thead>
      <tbody>
        {FIGURES.map((name, index) => (
          <tr key={name} className={cx(index === 0 && styles['first'])}>
            <th scope="row">
              {t(`figure.${name}`)}
              {name === 'marginMinor' && rows.now.netMinor > 0 && (
                <span className={styles['under']}>
                  {t('of_net', { share: formatPercent(rows.now.marginMinor / rows.now.netMinor) })}
                </span>
              )}
            </th>
            <td>
              <PageLink to={explains(name, period)} className={styles['figureLink']}>
                {name === 'sales' ? (
                  formatQuantity(rows.now.sales)
                ) : (
                  <Figure minor={rows.now[name]} currency={currency} />
                )}
              </PageLink>
            </td>
            <td>
              <Growth now={rows.now[name]} then={rows.then[name]} />
              <span className={styles['under']}>{amount(difference, name, currency, true)}</span>
            </td>
          </tr>
        ))}
        {rows.yesterday && (
          <tr className={styles['groundRow']}>
            <th scope="row">{t('yesterday', { day: formatWeekday(dayMoment(yesterday)) })}</th>
            <td>
              <Figure minor={rows.yesterday.withTaxMinor} currency={currency} />
            </td>
            <td>
              {rows.usual && (
                <>
                  <Growth now={rows.yesterday.withTaxMinor} then={rows.usual.withTaxMinor} />
                  <span className={styles['under']}>{t('mean_short')}</span>
                </>
              )}
            </td>
          </tr>
        )}
        <tr className={styles['groundRow']}>
          <th scope="row">
            {t('today', { day: formatWeekday(dayMoment(today)) })}
            <span className={styles['under']}>{t('so_far', { time: formatTime(computedAt) })}</span>
          </th>
          <td>{formatMoney(rows.today.withTaxMinor, currency)}</td>
          <td>
            {formatQuantity(rows.today.sales)} {t('figure.sales').toLowerCase()}
          </td>
        </tr>
      </tbody>
    </table>
  );
}
