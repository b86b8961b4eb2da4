import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { download } from '@/api/download';
import { asProblem, problemSentence } from '@/api/problem';
import { formatMoment } from '@/format/dates';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatQuantity, formatWithUnit } from '@/format/quantity';
import { paperWidth } from '@/receipt';
import { Button } from '@/ui/Button';
import { DoubleRule } from '@/ui/Money';
import { Table } from '@/ui/Table';
import { toast } from '@/ui/toasts';
import type { Refund, Sale } from '../queries';
import styles from '../sales.module.css';
import { shownNumber, useMethodWords } from './words';

type Line = Sale['lines'][number];

/** The lines, the sums, the money that came in and went out, and what came back since. */
export function SaleDetail({ sale }: { sale: Sale }) {
  const { t } = useTranslation('sales');
  const money = (minor: number) => formatAmount(minor, sale.currency);
  return (
    <>
      <Table<Line>
        caption={t('lines')}
        rows={sale.lines}
        rowKey={(line) => line.id}
        columns={[
          {
            key: 'quantity',
            head: t('quantity'),
            figure: true,
            margin: true,
            cell: (line) => formatWithUnit(line.quantity, line.unit),
          },
          {
            key: 'name',
            head: t('product'),
            rowHead: true,
            cell: (line) => <LineName line={line} sale={sale} />,
          },
          {
            key: 'amount',
            head: t('amount_in', { sign: currencySign(sale.currency) }),
            figure: true,
            cell: (line) => money(line.total_minor),
          },
        ]}
      />
      <Sums sale={sale} />
      {sale.refunds.map((refund) => (
        <Returned key={refund.id} sale={sale} refund={refund} />
      ))}
    </>
  );
}

function LineName({ line, sale }: { line: Line; sale: Sale }) {
  const { t } = useTranslation('sales');
  const notes = [
    line.quantity !== 1 && t('each', { price: formatMoney(line.unit_price_minor, sale.currency) }),
    line.discount_minor > 0 &&
      t('discount_of', { amount: formatMoney(line.discount_minor, sale.currency) }),
    line.refunded_quantity > 0 &&
      t('came_back', { quantity: formatWithUnit(line.refunded_quantity, line.unit) }),
  ].filter(Boolean);
  return (
    <>
      <Link href={`/produits/${line.product_id}`}>{keepTogether(line.product_name)}</Link>
      {notes.length > 0 && <span className={styles['lineNote']}>{notes.join(' · ')}</span>}
    </>
  );
}

function Sums({ sale }: { sale: Sale }) {
  const { t } = useTranslation('sales');
  const words = useMethodWords();
  const money = (minor: number) => formatAmount(minor, sale.currency);
  return (
    <table className={styles['sums']}>
      <caption className="visually-hidden">{t('sums')}</caption>
      <tbody>
        {sale.discount_minor > 0 && <Row label={t('discount')}>{money(-sale.discount_minor)}</Row>}
        {sale.tax_minor > 0 && (
          <Row label={t(sale.tax_mode === 'included' ? 'tax_in' : 'tax_added')}>
            {money(sale.tax_minor)}
          </Row>
        )}
        <tr className={styles['total']}>
          <th scope="row">{t('total')}</th>
          <td>
            <DoubleRule>{formatMoney(sale.total_minor, sale.currency)}</DoubleRule>
          </td>
        </tr>
        {sale.payments.map((payment, index) => (
          <Row
            key={index}
            label={payment.reference ? `${words(payment)}, ${payment.reference}` : words(payment)}
          >
            {formatMoney(payment.amount_minor, payment.currency)}
          </Row>
        ))}
        {sale.change.map((change, index) => (
          <Row key={index} label={t('change_back')}>
            {formatMoney(-change.amount_minor, change.currency)}
          </Row>
        ))}
        {sale.rounding_minor !== 0 && (
          <Row label={t('rounding')}>
            {formatAmount(sale.rounding_minor, sale.currency, { signed: true })}
          </Row>
        )}
      </tbody>
    </table>
  );
}

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{children}</td>
    </tr>
  );
}

function Returned({ sale, refund }: { sale: Sale; refund: Refund }) {
  const { t } = useTranslation('sales');
  const words = useMethodWords();
  const nameOf = (id: string) => sale.lines.find((line) => line.id === id)?.product_name ?? '';
  return (
    <section>
      <h3 className={styles['sub']}>
        {t('refund_number', { number: shownNumber(refund.number) })}
      </h3>
      <p className={styles['quiet']}>
        {formatMoment(refund.occurred_at)} · {refund.reason}
      </p>
      <table className={styles['sums']}>
        <caption className="visually-hidden">
          {t('refund_number', { number: shownNumber(refund.number) })}
        </caption>
        <tbody>
          {refund.lines.map((line) => (
            <Row
              key={line.sale_line_id}
              label={`${formatQuantity(line.quantity)} × ${nameOf(line.sale_line_id)} (${t(
                line.restock ? 'restocked' : 'not_restocked',
              )})`}
            >
              {formatAmount(-line.total_minor, sale.currency)}
            </Row>
          ))}
          {refund.payments.map((payment, index) => (
            <Row key={`payment-${index}`} label={t('given_back', { method: words(payment) })}>
              {formatMoney(-payment.amount_minor, payment.currency)}
            </Row>
          ))}
        </tbody>
      </table>
      <Button
        look="link"
        onClick={() => {
          download(
            `/api/v1/refunds/${refund.id}/receipt?format=pdf&paper=${paperWidth()}mm`,
            `remboursement-${refund.number}.pdf`,
          ).catch((failure: unknown) => {
            toast(problemSentence(asProblem(failure)), { bad: true });
          });
        }}
      >
        {t('refund_receipt')}
      </Button>
    </section>
  );
}
