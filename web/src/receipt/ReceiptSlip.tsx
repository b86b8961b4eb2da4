import { useTranslation } from 'react-i18next';
import { encode } from 'uqr';
import { formatReceiptMoment } from '@/format/dates';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { formatPercent, formatQuantity, isMeasured, unitSign } from '@/format/quantity';
import { factsOf, minorPerMajor } from '@/money/currencies';
import { toBase, toForeign } from '@/money/rates';
import { cx } from '@/ui/cx';
import { code128 } from './code128';
import { taxRows, type Receipt } from './model';
import styles from './ReceiptSlip.module.css';

/** The receipt as it prints: 72 mm of an 80 mm roll, or 48 mm of a 58 mm one. */
export function ReceiptSlip({ receipt, width }: { receipt: Receipt; width: 80 | 58 }) {
  const { t } = useTranslation('receipt');
  const { currency } = receipt;
  const money = (minor: number) => formatMoney(minor, currency);
  const taxes = taxRows(receipt);
  const letterOf = (rateBp: number) => taxes.find((row) => row.rateBp === rateBp)?.letter;
  const code = receipt.number ?? receipt.tillNumber ?? receipt.id;
  return (
    <div className={cx(styles['slip'], width === 58 && styles['narrow'])}>
      <div className={styles['centre']}>
        <p className={styles['shop']}>{receipt.shop.name}</p>
        {receipt.shop.header.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <hr className={styles['rule']} />
      <Row
        left={`${t('ticket')} ${receipt.number ?? receipt.tillNumber ?? ''}`}
        right={receipt.number && width === 80 ? (receipt.tillNumber ?? '') : ''}
      />
      {receipt.number && receipt.tillNumber && width === 58 && <p>{receipt.tillNumber}</p>}
      <Row left={formatReceiptMoment(receipt.at)} right={receipt.cashier} />
      {!receipt.number && <p>{t('provisional')}</p>}
      {receipt.voided && <p className={styles['void']}>{t('voided')}</p>}
      <hr className={styles['rule']} />
      <Goods receipt={receipt} letterOf={letterOf} />
      <hr className={styles['rule']} />
      <p className={cx(styles['row'], styles['total'])}>
        <span>{t('total')}</span>
        <span>{money(receipt.totalMinor)}</span>
      </p>
      <ForeignTotal receipt={receipt} />
      <hr className={cx(styles['rule'], styles['dashed'])} />
      <Paid receipt={receipt} />
      {taxes.some((row) => row.taxMinor !== 0) && (
        <>
          <hr className={cx(styles['rule'], styles['dashed'])} />
          <table className={styles['taxes']}>
            <thead>
              <tr>
                <th scope="col">{t('tax')}</th>
                <th scope="col">{t('net')}</th>
                <th scope="col">{t('tax_amount')}</th>
                <th scope="col">{t('gross')}</th>
              </tr>
            </thead>
            <tbody>
              {taxes.map((row) => (
                <tr key={row.letter}>
                  <td>
                    {row.letter}{' '}
                    {formatPercent(row.rateBp / 10_000, { digits: row.rateBp % 100 ? 2 : 0 })}
                  </td>
                  <td>{formatAmount(row.netMinor, currency)}</td>
                  <td>{formatAmount(row.taxMinor, currency)}</td>
                  <td>{formatAmount(row.grossMinor, currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <hr className={styles['rule']} />
      {width === 80 ? <Qr code={code} id={receipt.id} /> : <Bars code={code} />}
      <div className={styles['centre']}>
        {(receipt.shop.footer.length > 0 ? receipt.shop.footer : [t('thanks')]).map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </div>
  );
}

function Row({ left, right, strong }: { left: string; right: string; strong?: boolean }) {
  return (
    <p className={cx(styles['row'], strong && styles['strong'])}>
      <span>{left}</span>
      <span>{right}</span>
    </p>
  );
}

function Goods({
  receipt,
  letterOf,
}: {
  receipt: Receipt;
  letterOf: (rateBp: number) => string | undefined;
}) {
  const { t } = useTranslation('receipt');
  const amount = (minor: number) => formatAmount(minor, receipt.currency);
  return (
    <table className={styles['goods']}>
      <tbody>
        {receipt.lines.map((line, index) => {
          const unit = isMeasured(line.unit) ? unitSign(line.unit) : '';
          const quantity = formatQuantity(line.quantity, { pad: unit ? 3 : 0 });
          return [
            <tr key={`${index}-name`}>
              <td colSpan={3} className={styles['name']}>
                {line.name}
              </td>
            </tr>,
            <tr key={`${index}-sum`}>
              <td>
                {unit
                  ? `${quantity}\u00a0${unit} × ${amount(line.unitPriceMinor)} / ${unit}`
                  : `${quantity} × ${amount(line.unitPriceMinor)}`}
              </td>
              <td className={styles['letter']}>{letterOf(line.taxRateBp)}</td>
              <td className={styles['sum']}>{amount(line.subtotalMinor)}</td>
            </tr>,
            line.discountMinor > 0 && (
              <tr key={`${index}-discount`}>
                <td>
                  {line.discountReason
                    ? `${t('discount')} : ${line.discountReason}`
                    : t('discount')}
                </td>
                <td className={styles['letter']}>{letterOf(line.taxRateBp)}</td>
                <td className={styles['sum']}>{amount(-line.discountMinor)}</td>
              </tr>
            ),
          ];
        })}
      </tbody>
    </table>
  );
}

function ForeignTotal({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation('receipt');
  const { rate, currency } = receipt;
  if (!rate || currency !== 'CDF') return null;
  const one = toBase(minorPerMajor(rate.currency), rate, rate.currency, currency);
  return (
    <div style={{ marginTop: 6 }}>
      <Row
        left={t('at_rate', { rate: formatAmount(one, currency) })}
        right={formatMoney(
          toForeign(receipt.totalMinor, rate, rate.currency, currency),
          rate.currency,
        )}
      />
    </div>
  );
}

/** What came in, what went back, and the rounding as a line of its own. */
function Paid({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation('receipt');
  const { currency } = receipt;
  const money = (minor: number) => formatMoney(minor, currency);
  const name = (payment: Receipt['payments'][number]) => {
    if (payment.method === 'cash') {
      return payment.currency === currency
        ? t('cash', { sign: currencySign(currency) })
        : t('cash_in', { amount: formatMoney(payment.amountMinor, payment.currency) });
    }
    return [payment.accountName ?? t(payment.method), payment.reference].filter(Boolean).join(' ');
  };
  const back = (line: Receipt['change'][number]) =>
    line.currency === 'CDF'
      ? t('back_cdf')
      : line.currency === 'USD'
        ? t('back_usd')
        : t('back_in', { currency: line.currency });
  return (
    <>
      {receipt.payments.map((payment, index) => (
        <Row key={index} left={name(payment)} right={money(payment.baseMinor)} />
      ))}
      {(receipt.payments.length > 1 || receipt.change.length > 0) && (
        <Row left={t('received')} right={money(receipt.receivedMinor)} strong />
      )}
      {(receipt.change.length > 0 || receipt.roundingMinor !== 0) && (
        <hr className={cx(styles['rule'], styles['dashed'])} />
      )}
      {receipt.change.map((line) => (
        <Row
          key={line.currency}
          left={back(line)}
          right={formatMoney(line.amountMinor, line.currency)}
          strong
        />
      ))}
      {receipt.roundingMinor !== 0 && (
        <Row
          left={t('rounding', { step: money(factsOf(currency).cashStep) })}
          right={formatMoney(-receipt.roundingMinor, currency, { signed: true })}
        />
      )}
    </>
  );
}

function Qr({ code, id }: { code: string; id: string }) {
  const { t } = useTranslation('receipt');
  const { data, size } = encode(id, { ecc: 'M', border: 0 });
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <div className={styles['code']}>
      <svg
        width="92"
        height="92"
        viewBox={`0 0 ${size} ${size}`}
        aria-hidden="true"
        shapeRendering="crispEdges"
      >
        <path d={path} />
      </svg>
      <p>
        {t('present')}
        <br />
        <b>{code}</b>
      </p>
    </div>
  );
}

function Bars({ code }: { code: string }) {
  const widths = code128(code);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const starts = widths.map((_, at) => widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  return (
    <div className={styles['bars']}>
      <svg
        width="100%"
        height="38"
        viewBox={`0 0 ${total} 38`}
        preserveAspectRatio="none"
        aria-hidden="true"
        shapeRendering="crispEdges"
      >
        {widths.map((width, at) =>
          at % 2 === 0 ? <rect key={at} x={starts[at]} y="0" width={width} height="38" /> : null,
        )}
      </svg>
      {code}
    </div>
  );
}
