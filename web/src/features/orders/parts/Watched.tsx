import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Schemas } from '@/api/client';
import { dayMoment, formatWeekday } from '@/format/dates';
import { keepTogether } from '@/format/names';
import { formatQuantity, formatWithUnit } from '@/format/quantity';
import { Section } from '@/ui/page';
import { Table } from '@/ui/Table';
import styles from '../orders.module.css';

type Product = Schemas['WatchedProduct'];

/** What can wait for the next usual order day, but not for the one after it. */
export function Watched({ products, count }: { products: readonly Product[]; count: number }) {
  const { t } = useTranslation('orders');
  return (
    <Section title={t('watched')} note={t('watched_note', { count })} className={styles['watched']}>
      <Table<Product>
        caption={t('watched')}
        rows={products}
        rowKey={({ product_id }) => product_id}
        columns={[
          {
            key: 'name',
            head: t('product'),
            rowHead: true,
            cell: (product) => (
              <Link href={`/produits/${product.product_id}`} className={styles['name']}>
                {keepTogether(product.name)}
              </Link>
            ),
          },
          {
            key: 'left',
            head: t('left'),
            figure: true,
            cell: (product) => formatWithUnit(product.on_hand, product.unit),
          },
          {
            key: 'days',
            head: t('days_left'),
            figure: true,
            cell: ({ days_of_cover: days }) =>
              days === null ? '–' : formatQuantity(Math.floor(days)),
          },
          {
            key: 'on',
            head: t('order_on'),
            figure: true,
            cell: ({ order_on }) => formatWeekday(dayMoment(order_on)),
          },
        ]}
      />
    </Section>
  );
}
