import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { unitSign } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Table, type Column } from '@/ui/Table';
import { bandOf, formatExpected, inZone, moneyInZone, type Banded, type Zone } from './figures';
import styles from './forecasts.module.css';
import type { Item, Level } from './queries';
import { useReasonWords } from './reasons';

/** The id by which a line is chosen: of its product or its category. */
export const idOf = (item: Item): string => item.product_id ?? item.category_id ?? '';

/** Products in their units, categories and the shop in money: units of all kinds add up to nothing. */
export function ForecastTable({
  level,
  items,
  horizon,
  zone,
  currency,
  chosen,
  hrefOf,
  instead,
}: {
  level: Level;
  items: readonly Item[];
  horizon: number;
  zone: Zone;
  currency: Currency;
  chosen: string | undefined;
  hrefOf: (id: string) => string;
  instead: React.ReactNode;
}) {
  const { t } = useTranslation('forecasts');
  const words = useReasonWords();
  const inUnits = level === 'product';
  const figures = (item: Item): Banded | undefined => {
    if (!inUnits) return item.money && moneyInZone(item.money.total, zone);
    return item.total ? inZone(item.total, zone) : undefined;
  };
  const shown = (value: number) =>
    inUnits ? formatExpected(value) : formatAmount(Math.round(value), currency);
  const columns: Column<Item>[] = [
    {
      key: 'name',
      head: t(`name.${level}`),
      rowHead: true,
      cell: (item) => (
        <>
          {idOf(item) ? (
            <Link href={hrefOf(idOf(item))} replace className={styles['name']}>
              {keepTogether(item.name)}
            </Link>
          ) : (
            item.name
          )}
          {item.total === null && (
            <small className={styles['why']}>
              {item.reasons[0] ? words(item.reasons[0]) : t('not_enough')}
            </small>
          )}
        </>
      ),
    },
    {
      key: 'mean',
      head: (
        <>
          {inUnits ? t('expected') : t('expected_in', { sign: currencySign(currency) })}
          <br />
          {t('days', { count: horizon })}
        </>
      ),
      figure: true,
      cell: (item) => {
        const banded = figures(item);
        if (!banded) return '–';
        return (
          <>
            {shown(banded.mean)}
            {inUnits && <span className={styles['unit']}>{unitSign(item.unit ?? '')}</span>}
          </>
        );
      },
    },
    {
      key: 'band',
      head: t(`between.z${zone}`),
      figure: true,
      quiet: true,
      cell: (item) => {
        const banded = figures(item);
        return banded ? t('and', { low: shown(banded.low), high: shown(banded.high) }) : '–';
      },
    },
    {
      key: 'bar',
      head: <span className="visually-hidden">{t('scale')}</span>,
      cell: (item) => {
        const banded = figures(item);
        return banded ? <BandMark banded={banded} /> : null;
      },
    },
  ];
  return (
    <Table<Item>
      caption={t(`list.${level}`)}
      rows={items}
      rowKey={(item) => idOf(item) || item.name}
      selected={(item) => idOf(item) !== '' && idOf(item) === chosen}
      columns={columns}
      instead={instead}
    />
  );
}

/** The band on a scale from nothing to twice the expectation, a dot at the middle. */
function BandMark({ banded }: { banded: Banded }) {
  const width = 76;
  const { from, to } = bandOf(banded);
  return (
    <svg width={width} height="12" aria-hidden="true" className={styles['mark']}>
      <rect
        className={styles['band']}
        x={from * width}
        width={Math.max(2, (to - from) * width)}
        y="2"
        height="8"
      />
      <circle className={styles['ours']} cx={width / 2} cy="6" r="3" />
    </svg>
  );
}
