import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { worthOf } from '@/money/settle';
import { cx } from '@/ui/cx';
import { usePhone } from '@/ui/useMedia';
import type { Paying, PayView, Tender } from '../core/pay';
import type { TillShop } from '../state/shop';
import styles from '../pay.module.css';
import { tenderName, tenderNote } from './payWords';

/** What the customer has given; the one that is being typed is tinted, and counts already. */
export function PayTenders({
  paying,
  view,
  shop,
  onRemove,
}: {
  paying: Paying;
  view: PayView;
  shop: TillShop;
  onRemove: (at: number) => void;
}) {
  const { t } = useTranslation('till');
  const { base } = shop.drawer;
  // Without the head of the column, each amount names its currency.
  const write = usePhone() ? formatMoney : formatAmount;
  const amount = (tender: Tender) => write(worthOf(shop.drawer, tender) ?? 0, base);
  return (
    <table className={styles['tenders']}>
      <thead>
        <tr>
          <th scope="col">{t('from_customer')}</th>
          <th scope="col" style={{ textAlign: 'right' }}>
            {t('in_base', { sign: currencySign(base) })}
          </th>
          <td className={styles['out']} style={{ height: 0 }} />
        </tr>
      </thead>
      <tbody>
        {paying.tenders.map((tender, index) => (
          <tr key={index}>
            <td>
              {tenderName(t, tender, shop)}
              <small>{tenderNote(t, tender, shop)}</small>
            </td>
            <td className={styles['sum']}>{amount(tender)}</td>
            <td className={styles['out']}>
              <button
                type="button"
                aria-label={t('take_out', { tender: tenderName(t, tender, shop) })}
                onClick={() => {
                  onRemove(index);
                }}
              >
                <IconX size={18} stroke={1.7} aria-hidden />
              </button>
            </td>
          </tr>
        ))}
        {paying.typing.amountMinor > 0 && (
          <tr className={styles['now']}>
            <td>
              {tenderName(t, paying.typing, shop)}
              <small>{t('typing')}</small>
            </td>
            <td className={styles['sum']}>{amount(paying.typing)}</td>
            <td className={styles['out']} />
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <td className={styles['doubled']}>{t('received')}</td>
          <td className={cx(styles['sum'], styles['doubled'])}>
            {formatAmount(view.receivedMinor, base)}
          </td>
          <td />
        </tr>
      </tfoot>
    </table>
  );
}
