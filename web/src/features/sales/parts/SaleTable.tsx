import { useTranslation } from 'react-i18next';
import { useMay } from '@/auth/useSession';
import { formatMoment } from '@/format/dates';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { useShop } from '@/shop/useShop';
import { RowList } from '@/ui/RowList';
import { Table, type Column } from '@/ui/Table';
import { useMedia } from '@/ui/useMedia';
import type { Sale } from '../queries';
import styles from '../sales.module.css';
import { shownNumber, useMethods } from './words';

interface Props {
  sales: readonly Sale[];
  instead: React.ReactNode;
  onOpen: (id: string) => void;
}

export function SaleTable({ sales, instead, open, onOpen }: Props & { open: string }) {
  const { t } = useTranslation('sales');
  const { settings } = useShop();
  const methods = useMethods();
  const wide = useMedia('(min-width: 1024px)');
  const may = useMay();
  // Who sees only their own sales needs no name beside each.
  const named = may('readAllSales');
  const places = new Set(sales.map(({ location_id }) => location_id)).size;
  const columns: Column<Sale>[] = [
    {
      key: 'number',
      head: t('ticket'),
      cell: (sale) => (
        <button
          type="button"
          className={styles['ticket']}
          aria-haspopup="dialog"
          onClick={() => {
            onOpen(sale.id);
          }}
        >
          {shownNumber(sale.number)}
        </button>
      ),
    },
    {
      key: 'when',
      head: t('when'),
      quiet: true,
      cell: (sale) => (
        <span className={styles['when']}>
          {formatMoment(sale.occurred_at)}
          {sale.entered_late && <span className={styles['late']}> {t('late')}</span>}
        </span>
      ),
    },
    { key: 'goods', head: t('goods'), rowHead: true, cell: (sale) => <Goods sale={sale} /> },
    {
      key: 'cashier',
      head: t('cashier'),
      quiet: true,
      cell: (sale) => sale.cashier_name.split(' ')[0],
    },
    { key: 'place', head: t('place'), quiet: true, cell: (sale) => sale.location_name },
    { key: 'paid', head: t('paid_by'), quiet: true, cell: (sale) => methods(sale) },
    { key: 'state', head: t('state'), cell: (sale) => <State sale={sale} /> },
    {
      key: 'total',
      head: t('total_in', { sign: currencySign(settings?.currency ?? 'CDF') }),
      figure: true,
      cell: (sale) => (
        <>
          <span className={sale.state === 'voided' ? styles['struck'] : undefined}>
            {formatAmount(sale.total_minor, sale.currency)}
          </span>
          {sale.refunded_minor > 0 && (
            <span className={styles['given']}>
              {formatAmount(-sale.refunded_minor, sale.currency)}
            </span>
          )}
        </>
      ),
    },
  ];
  return (
    <Table<Sale>
      caption={t('title')}
      columns={columns.filter(
        ({ key }) =>
          (named || key !== 'cashier') &&
          (wide || key !== 'paid') &&
          (key !== 'place' || (wide && places > 1)),
      )}
      rows={sales}
      rowKey={(sale) => sale.id}
      selected={(sale) => sale.id === open}
      instead={instead}
    />
  );
}

export function SaleRows({ sales, instead, onOpen }: Props) {
  const { t } = useTranslation('sales');
  const methods = useMethods();
  if (instead) return instead;
  return (
    <RowList
      label={t('title')}
      rows={sales.map((sale) => ({
        key: sale.id,
        title: <Goods sale={sale} />,
        note: `${shownNumber(sale.number)} · ${formatMoment(sale.occurred_at)}`,
        figure: (
          <span className={sale.state === 'voided' ? styles['struck'] : undefined}>
            {formatMoney(sale.total_minor, sale.currency)}
          </span>
        ),
        figureNote: sale.state === 'completed' ? methods(sale) : <State sale={sale} />,
        onOpen: () => {
          onOpen(sale.id);
        },
      }))}
    />
  );
}

/** The first article by name, the others by their number. */
function Goods({ sale }: { sale: Sale }) {
  const { t } = useTranslation('sales');
  const first = sale.lines[0]?.product_name ?? '';
  const others = sale.lines.length - 1;
  return (
    <span className={styles['goods']}>
      {others > 0 ? t('and_others', { first, count: others }) : first}
    </span>
  );
}

export function State({ sale }: { sale: Pick<Sale, 'state'> }) {
  const { t } = useTranslation('sales');
  if (sale.state === 'completed') return null;
  return (
    <span className={sale.state === 'voided' ? styles['voided'] : undefined}>
      {t(`states.${sale.state}`)}
    </span>
  );
}
