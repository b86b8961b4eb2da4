import { useTranslation } from 'react-i18next';
import { dayMoment, formatDate, formatDay, formatTime, formatWeekday } from '@/format/dates';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { formatPercent, formatQuantity } from '@/format/quantity';
import type { Schemas } from '@/api/client';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import type { Period } from '@/ui/figures';
import { Figure } from '@/ui/Money';
import { Change, CompareStrip, type CompareRow } from '@/ui/Strip';
import { useMedia } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { PageLink } from './PageLink';
import {
  daysIn,
  FIGURES,
  growth,
  totalsOf,
  type CompareWith,
  type Dashboard,
  type FigureName,
  type Totals,
} from './periods';

interface StripProps {
  data: Dashboard;
  period: Period;
  yesterday: string;
  /** Today so far; undefined until it is known. */
  today: { figures: Schemas['DayFigures']; computedAt: string } | undefined;
  compare: CompareWith;
  /** The figures to compare with; undefined until they are known. */
  previous: Schemas['SummaryFigures'] | undefined;
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

function rowsOf({ data, period, yesterday, today, previous }: StripProps) {
  const isDay = period.from === period.to;
  const { last_day: last } = data;
  return {
    now: totalsOf(data.figures),
    then: previous && totalsOf(previous),
    earlier: previous && { from: previous.from, to: previous.to },
    // Beside a single day it would say the same twice; beside a period of the past it is not yesterday.
    yesterday: isDay || last.date !== yesterday ? undefined : totalsOf(last.figures),
    usual: last.usual.sales > 0 ? totalsOf(last.usual) : undefined,
    today: today && totalsOf(today.figures),
  };
}

const amount = (totals: Totals, name: FigureName, currency: Currency, signed = false) =>
  name === 'sales'
    ? formatQuantity(totals.sales, { signed })
    : formatAmount(totals[name], currency, { signed });

function minus(a: Totals, b: Totals | undefined): Totals | undefined {
  if (!b) return undefined;
  const entries = FIGURES.map((name) => [name, a[name] - b[name]]);
  return Object.fromEntries(entries) as Totals;
}

function Growth({ now, then }: { now: number; then: number | undefined }) {
  const ratio = then === undefined ? undefined : growth(now, then);
  return ratio === undefined ? null : <Change ratio={ratio} />;
}

function Wide(props: StripProps) {
  const { period, yesterday, today, compare } = props;
  const { currency, today: date } = props.data;
  const { t } = useTranslation('dashboard');
  const rows = rowsOf(props);
  const { earlier } = rows;
  const days = daysIn(period);
  const difference = minus(rows.now, rows.then);
  const day = (one: string) => formatDay(dayMoment(one));
  const then = (one: string) => (compare === 'last_year' ? formatDate(dayMoment(one)) : day(one));
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
      head: t(`before.${compare}`, { count: days }),
      // The row has its place before its figures come.
      note: earlier
        ? t(`before_days.${compare}`, { from: then(earlier.from), to: then(earlier.to) })
        : '–',
      cells: FIGURES.map((name) =>
        rows.then && earlier ? (
          <PageLink key={name} to={explains(name, earlier)} className={styles['figureLink']}>
            {amount(rows.then, name, currency)}
          </PageLink>
        ) : (
          '–'
        ),
      ),
    },
    {
      head: t('difference'),
      cells: FIGURES.map((name) => (
        <>
          {difference ? amount(difference, name, currency, true) : '–'}
          <Growth now={rows.now[name]} then={rows.then?.[name]} />
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
    head: t('today', { day: formatWeekday(dayMoment(date)) }),
    // The row has its place before its figures come: nothing below it moves.
    note: t('so_far', { time: today ? formatTime(today.computedAt) : '–' }),
    cells: FIGURES.map((name) => (
      <PageLink
        key={name}
        to={explains(name, { from: date, to: date })}
        className={styles['figureLink']}
      >
        {rows.today ? amount(rows.today, name, currency) : '–'}
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
  const { period, yesterday, today, compare } = props;
  const { currency, today: date } = props.data;
  const { t } = useTranslation('dashboard');
  const rows = rowsOf(props);
  const days = t('days', { count: daysIn(period) });
  const difference = minus(rows.now, rows.then);
  const day = (one: string) => formatDay(dayMoment(one));
  return (
    <table className={styles['turned']}>
      <caption className="visually-hidden">{t('strip')}</caption>
      <thead>
        <tr>
          <th scope="col">{`${day(period.from)} – ${day(period.to)}`}</th>
          <th scope="col">{days}</th>
          <th scope="col">{t(`against.${compare}`, { days })}</th>
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
              <Growth now={rows.now[name]} then={rows.then?.[name]} />
              <span className={styles['under']}>
                {difference ? amount(difference, name, currency, true) : '–'}
              </span>
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
            {t('today', { day: formatWeekday(dayMoment(date)) })}
            <span className={styles['under']}>
              {t('so_far', { time: today ? formatTime(today.computedAt) : '–' })}
            </span>
          </th>
          <td>{rows.today ? formatMoney(rows.today.withTaxMinor, currency) : '–'}</td>
          <td>{rows.today && t('tickets', { count: rows.today.sales })}</td>
        </tr>
      </tbody>
    </table>
  );
}
