import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { NoRecords } from '@/ui/states';
import { Table } from '@/ui/Table';
import styles from '../count.module.css';
import type { CountRow, CountView, Expected } from '../count';

type List = 'differences' | 'counted' | 'left';

/** Differences, what was counted, what is left to count. */
export function CountLists({
  view,
  currency,
  current,
  onSet,
  onDrop,
}: {
  view: CountView;
  currency: Currency;
  current: string | undefined;
  onSet: (product: Expected, milli: number) => void;
  onDrop: (product: Expected) => void;
}) {
  const { t } = useTranslation('inventory');
  const [list, setList] = useState<List>('differences');
  return (
    <>
      <div className={styles['lists']} role="group" aria-label={t('count_lists')}>
        {(['differences', 'counted', 'left'] as const).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={list === name}
            onClick={() => {
              setList(name);
            }}
          >
            {t(`count_list.${name}`)} <b>{view[name].length}</b>
          </button>
        ))}
      </div>
      {list === 'left' ? (
        <Left products={view.left} onSet={onSet} />
      ) : (
        <Rows
          rows={view[list]}
          empty={list === 'counted' || view.counted.length === 0 ? 'nothing' : 'all_right'}
          currency={currency}
          current={current}
          onDrop={onDrop}
        />
      )}
    </>
  );
}

function Rows({
  rows,
  empty,
  currency,
  current,
  onDrop,
}: {
  rows: readonly CountRow[];
  empty: 'nothing' | 'all_right';
  currency: Currency;
  current: string | undefined;
  onDrop: (product: Expected) => void;
}) {
  const { t } = useTranslation('inventory');
  if (rows.length === 0) {
    return <NoRecords title={t(`count_${empty}`)}>{t(`count_${empty}_why`)}</NoRecords>;
  }
  return (
    <Table<CountRow>
      caption={t('count_lists')}
      rows={rows}
      rowKey={({ product }) => product.id}
      selected={({ product }) => product.id === current}
      columns={[
        {
          key: 'name',
          head: t('product'),
          rowHead: true,
          cell: ({ product }) => keepTogether(product.name),
        },
        {
          key: 'expected',
          head: t('expected'),
          figure: true,
          quiet: true,
          cell: (row) => formatQuantity(row.expectedMilli / 1000),
        },
        {
          key: 'counted',
          head: t('counted'),
          figure: true,
          cell: (row) => formatQuantity(row.countedMilli / 1000),
        },
        {
          key: 'difference',
          head: t('difference'),
          figure: true,
          cell: (row) => (
            <>
              <b className={cx(row.differenceMilli < 0 && styles['lacking'])}>
                {formatQuantity(row.differenceMilli / 1000, { signed: true })}
              </b>
              {row.valueMinor !== 0 && (
                <span className={styles['worth']}>
                  {formatAmount(row.valueMinor, currency, { signed: true })}
                </span>
              )}
            </>
          ),
        },
        {
          key: 'drop',
          head: <span className="visually-hidden">{t('count_drop')}</span>,
          figure: true,
          cell: ({ product }) => (
            <Button
              look="bare"
              aria-label={t('count_drop_named', { name: product.name })}
              onClick={() => {
                onDrop(product);
              }}
            >
              <IconX size={18} stroke={1.7} aria-hidden />
            </Button>
          ),
        },
      ]}
    />
  );
}

/** Not counted yet: what is not on the shelf at all is counted as nothing by a press. */
function Left({
  products,
  onSet,
}: {
  products: readonly Expected[];
  onSet: (product: Expected, milli: number) => void;
}) {
  const { t } = useTranslation('inventory');
  if (products.length === 0) {
    return <NoRecords title={t('count_none_left')}>{t('count_none_left_why')}</NoRecords>;
  }
  return (
    <Table<Expected>
      caption={t('count_list.left')}
      rows={products}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'name',
          head: t('product'),
          rowHead: true,
          cell: ({ name }) => keepTogether(name),
        },
        {
          key: 'expected',
          head: t('expected'),
          figure: true,
          cell: ({ onHand }) => formatQuantity(onHand),
        },
        {
          key: 'set',
          head: <span className="visually-hidden">{t('count_now')}</span>,
          figure: true,
          cell: (product) => (
            <Button
              look="link"
              aria-label={t('count_now_named', { name: product.name })}
              onClick={() => {
                onSet(product, 0);
              }}
            >
              {t('count_now')}
            </Button>
          ),
        },
      ]}
    />
  );
}
