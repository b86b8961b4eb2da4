import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { settingsQuery } from '@/api/queries';
import { useMay } from '@/auth/useSession';
import { formatMoment, shopDay } from '@/format/dates';
import { printReceipt, receiptOfSale, shareReceipt } from '@/receipt';
import { Button } from '@/ui/Button';
import { Drawer } from '@/ui/Dialog';
import { Notice } from '@/ui/Notice';
import { ErrorState, Skeleton } from '@/ui/states';
import { saleQuery, type Sale } from '../queries';
import styles from '../sales.module.css';
import { leftMilli } from '../shares';
import { RefundForm } from './RefundForm';
import { SaleDetail } from './SaleDetail';
import { VoidForm } from './VoidForm';
import { shownNumber } from './words';

type View = 'detail' | 'refund' | 'void';

/** One ticket beside the list: what was sold and paid, and what can be done with it. */
export function SaleDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('sales');
  const { data: sale, error, isPending, refetch } = useQuery(saleQuery(id));
  const [view, setView] = useState<View>('detail');
  const title = !sale
    ? t('ticket')
    : view === 'detail'
      ? t('ticket_number', { number: shownNumber(sale.number) })
      : t(view === 'refund' ? 'refund_title' : 'void_title', {
          number: shownNumber(sale.number),
        });
  const back = () => {
    setView('detail');
  };
  return (
    <Drawer title={title} opened onClose={view === 'detail' ? onClose : back} size={560}>
      {isPending && <Skeleton rows={6} widths={[60, 40]} />}
      {error && !sale && <ErrorState error={error} onRetry={() => void refetch()} />}
      {sale && view === 'detail' && (
        <>
          <Head sale={sale} />
          <Deeds sale={sale} onView={setView} />
          <SaleDetail sale={sale} />
        </>
      )}
      {sale && view === 'refund' && <RefundForm sale={sale} onDone={back} />}
      {sale && view === 'void' && <VoidForm sale={sale} onDone={back} />}
    </Drawer>
  );
}

function Head({ sale }: { sale: Sale }) {
  const { t } = useTranslation('sales');
  const parts = [
    formatMoment(sale.occurred_at),
    sale.cashier_name,
    sale.recorded_by !== sale.cashier_id && t('sent_by', { name: sale.recorded_by_name }),
    sale.location_name,
    sale.discount_reason,
    sale.note,
    sale.external_number,
    sale.entered_late && t('late_at', { moment: formatMoment(sale.recorded_at) }),
  ];
  return (
    <>
      <p className={styles['head']}>{parts.filter(Boolean).join(' · ')}</p>
      {sale.state === 'voided' && (
        <Notice alert title={t('states.voided')}>
          {sale.void_reason}
          {sale.voided_at && ` (${formatMoment(sale.voided_at)})`}
        </Notice>
      )}
    </>
  );
}

function Deeds({ sale, onView }: { sale: Sale; onView: (view: View) => void }) {
  const { t } = useTranslation('sales');
  const { t: common } = useTranslation();
  const may = useMay();
  const { data: settings } = useQuery(settingsQuery);
  const receipt = settings && receiptOfSale(sale, settings, sale.cashier_name);
  const refundable =
    may('refundSales') && sale.state !== 'voided' && sale.lines.some((line) => leftMilli(line) > 0);
  // Only a whole sale of this day: afterwards what comes back is a refund.
  const voidable =
    may('voidSales') &&
    sale.state === 'completed' &&
    sale.external_number === undefined &&
    shopDay(sale.occurred_at) === shopDay();
  return (
    <div className={styles['deeds']}>
      {receipt && (
        <>
          <Button
            onClick={() => {
              printReceipt(receipt);
            }}
          >
            {t('reprint')}
          </Button>
          <Button onClick={() => void shareReceipt(receipt)}>{common('action.share')}</Button>
        </>
      )}
      {refundable && (
        <Button
          onClick={() => {
            onView('refund');
          }}
        >
          {t('refund')}
        </Button>
      )}
      {voidable && (
        <Button
          look="chili"
          onClick={() => {
            onView('void');
          }}
        >
          {t('void')}
        </Button>
      )}
    </div>
  );
}
