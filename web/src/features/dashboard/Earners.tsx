import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { ShareBar } from '@/charts/SmallBars';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatPercent } from '@/format/quantity';
import { cx } from '@/ui/cx';
import { DoubleRule } from '@/ui/Money';
import { Section } from '@/ui/page';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';

type Page = Schemas['ProductPage'];
type Row = Page['items'][number];

const SHOWN = 6;

/** What earns most, and beside it what is sold at a loss, on the same scale. */
export function Earners({ page }: { page: Page }) {
  const { t } = useTranslation('dashboard');
  const earners = page.items.filter((row) => row.margin_minor > 0).slice(0, SHOWN);
  // Sorted by margin: losses are at the end, and known only where the list is on one page.
  const losing = page.next_cursor ? [] : page.items.filter((row) => row.margin_minor < 0).reverse();
  const most = Math.max(...earners.map((row) => row.margin_minor), 0);
  if (earners.length === 0) return null;
  return (
    <div className={cx(styles['tight'], losing.length > 0 && styles['halves'])}>
      <Section title={t('earns')} note={t('earns_note')}>
        <Margins caption={t('earns')} rows={earners} most={most} page={page} />
      </Section>
      {losing.length > 0 && (
        <Section title={t('costs')} note={t('costs_note')}>
          <Margins caption={t('costs')} rows={losing.slice(0, SHOWN)} most={most} page={page} />
          <p className={styles['hint']}>
            {t('same_scale', { count: losing.length, all: page.count })}
          </p>
        </Section>
      )}
    </div>
  );
}

function Margins({
  caption,
  rows,
  most,
  page,
}: {
  caption: string;
  rows: Row[];
  most: number;
  page: Page;
}) {
  const { t } = useTranslation('dashboard');
  const phone = usePhone();
  const unit = currencySign(page.currency);
  return (
    <Table<Row>
      caption={caption}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        { key: 'name', head: t('product'), rowHead: true, cell: (row) => keepTogether(row.name) },
        ...(phone
          ? []
          : [
              {
                key: 'net',
                head: t('net_of', { unit }),
                figure: true,
                cell: (row: Row) => formatAmount(row.revenue_minor, page.currency),
              },
            ]),
        {
          key: 'margin',
          head: t('margin_of', { unit }),
          figure: true,
          cell: (row) => (
            <b className={cx(row.margin_minor < 0 && styles['bad'])}>
              {formatAmount(row.margin_minor, page.currency)}
            </b>
          ),
        },
        {
          key: 'bar',
          head: <span className="visually-hidden">{t('earns_note')}</span>,
          cell: (row) => <ShareBar value={row.margin_minor} most={most} />,
        },
        {
          key: 'share',
          head: '%',
          figure: true,
          quiet: true,
          cell: (row) =>
            row.margin_share === null
              ? '–'
              : formatPercent(row.margin_share, { digits: 0 }).replace(/\u00a0%$/, ''),
        },
      ]}
    />
  );
}

/** What lies there, what of it does not move, and what was lost. */
export function StockValue({ page, marginMinor }: { page: Page; marginMinor: number | undefined }) {
  const { t } = useTranslation('dashboard');
  const money = (minor: number) => formatAmount(minor, page.currency);
  return (
    <dl className={styles['stock']}>
      <div>
        <dt>
          <b>{t('stock_value')}</b>
        </dt>
        <dd>{money(page.stock_value_minor)}</dd>
      </div>
      <div className={styles['inner']}>
        <dt>
          {t('dead')}{' '}
          <span>{t('dead_note', { count: page.dead_products, days: page.dead_after_days })}</span>
        </dt>
        <dd>{money(page.dead_stock_minor)}</dd>
      </div>
      <div>
        <dt>
          <b>{t('losses')}</b>{' '}
          {marginMinor !== undefined && marginMinor > 0 && (
            <span>
              {t('losses_note', { share: formatPercent(page.losses_minor / marginMinor) })}
            </span>
          )}
        </dt>
        <dd className={cx(page.losses_minor > 0 && styles['bad'])}>
          <DoubleRule>{money(-page.losses_minor)}</DoubleRule>
        </dd>
      </div>
    </dl>
  );
}
