import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { ShareBar } from '@/charts/SmallBars';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatPercent } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { cx } from '@/ui/cx';
import { DoubleRule } from '@/ui/Money';
import { Section } from '@/ui/page';
import { Table } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import styles from './dashboard.module.css';
import { PageLink } from './PageLink';
import { lossRows } from './periods';

type Products = Schemas['ProductsOnDashboard'];
type Row = Products['best'][number];

/** What earns most, and beside it what is sold at a loss, on the same scale. */
export function Earners({ products, currency }: { products: Products; currency: Currency }) {
  const { t } = useTranslation('dashboard');
  const { best, below_cost: losing } = products;
  const earners = best.filter((row) => row.margin_minor > 0);
  const most = Math.max(...earners.map((row) => row.margin_minor), 0);
  if (earners.length === 0 && losing.length === 0) return null;
  const shared = { most, currency };
  return (
    <div className={cx(styles['tight'], losing.length > 0 && styles['halves'])}>
      <Section title={t('earns')} note={t('earns_note')}>
        <Margins caption={t('earns')} rows={earners} {...shared} />
      </Section>
      {losing.length > 0 && (
        <Section title={t('costs')} note={t('costs_note')}>
          <Margins caption={t('costs')} rows={losing} {...shared} />
          <p className={styles['hint']}>
            {t('same_scale', { count: products.below_cost_sold })}{' '}
            {products.below_cost_priced > 0 && (
              <PageLink to="/produits?vue=sous-cout">
                {t('mend_prices', {
                  count: products.below_cost_priced,
                  all: products.products,
                })}
              </PageLink>
            )}
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
  currency,
}: {
  caption: string;
  rows: readonly Row[];
  most: number;
  currency: Currency;
}) {
  const { t } = useTranslation('dashboard');
  const phone = usePhone();
  const unit = currencySign(currency);
  return (
    <Table<Row>
      caption={caption}
      rows={rows}
      rowKey={(row) => row.product_id}
      columns={[
        {
          key: 'name',
          head: t('product'),
          rowHead: true,
          cell: (row) => keepTogether(row.name),
        },
        ...(phone
          ? []
          : [
              {
                key: 'net',
                head: t('net_of', { unit }),
                figure: true,
                cell: (row: Row) => formatAmount(row.revenue_minor, currency),
              },
            ]),
        {
          key: 'margin',
          head: t('margin_of', { unit }),
          figure: true,
          cell: (row) => (
            <b className={cx(row.margin_minor < 0 && styles['bad'])}>
              {formatAmount(row.margin_minor, currency)}
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

const REASONS = 3;

/** What lies there, what of it does not move, and what was lost for which reason. */
export function StockValue({
  stock,
  marginMinor,
}: {
  stock: Schemas['StockFigures'];
  marginMinor: number;
}) {
  const { t } = useTranslation('dashboard');
  const money = (minor: number) => formatAmount(minor, stock.currency);
  const { shown, others } = lossRows(stock.losses, REASONS);
  return (
    <dl className={styles['stock']}>
      <div>
        <dt>
          <b>{t('stock_value')}</b>
        </dt>
        <dd>{money(stock.value_minor)}</dd>
      </div>
      {stock.dormant && (
        <div className={styles['inner']}>
          <dt>
            <PageLink to="/produits?vue=dormants">{t('dead')}</PageLink>{' '}
            <span>
              {t('dead_note', { count: stock.dormant.products, days: stock.dormant.after_days })}
            </span>
          </dt>
          <dd>{money(stock.dormant.value_minor)}</dd>
        </div>
      )}
      {shown.map((loss) => (
        <div key={`${loss.kind} ${loss.reason ?? ''}`}>
          <dt>
            <b>{loss.kind === 'count' ? t('loss_count') : (loss.reason ?? t('loss_adjustment'))}</b>{' '}
            <span>
              {loss.kind === 'count' && loss.reason ? `${loss.reason}, ` : ''}
              {t(`loss_note.${loss.kind}`, { count: loss.movements })}
            </span>
          </dt>
          <dd className={cx(loss.lost_minor > 0 && styles['bad'])}>{money(-loss.lost_minor)}</dd>
        </div>
      ))}
      {others.movements > 0 && (
        <div>
          <dt>
            {t('loss_others')} <span>{t('loss_note.adjustment', { count: others.movements })}</span>
          </dt>
          <dd className={cx(others.lostMinor > 0 && styles['bad'])}>{money(-others.lostMinor)}</dd>
        </div>
      )}
      <div>
        <dt>
          <b>{t('losses')}</b>{' '}
          {marginMinor > 0 && (
            <span>
              {t('losses_note', { share: formatPercent(stock.losses_minor / marginMinor) })}
            </span>
          )}
        </dt>
        <dd className={cx(stock.losses_minor > 0 && styles['bad'])}>
          <DoubleRule>{money(-stock.losses_minor)}</DoubleRule>
        </dd>
      </div>
    </dl>
  );
}
