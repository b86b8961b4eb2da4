import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { dayMoment, formatDay } from '@/format/dates';
import { formatMoney } from '@/format/money';
import { formatPercent, formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { riskIn, type OrderLine } from '../order';
import styles from '../orders.module.css';
import { riskQuery } from '../queries';

/** Below a line whose quantity somebody changed: how likely it runs out, and what that would cost. */
export function OtherRisk({ line: { advice, quantity } }: { line: OrderLine }) {
  const { t } = useTranslation('orders');
  const { t: common } = useTranslation();
  const { data, error, refetch } = useQuery(riskQuery(advice.product_id, quantity));
  const instead = t('instead_of', {
    quantity: formatQuantity(quantity),
    proposed: formatQuantity(advice.suggested_quantity),
  });
  return (
    <span className={styles['less']} role="status">
      <b>{instead}</b>{' '}
      {data ? (
        <Risk risk={data} />
      ) : error ? (
        <>
          {problemSentence(asProblem(error))}{' '}
          <Button look="link" onClick={() => void refetch()}>
            {common('state.retry')}
          </Button>
        </>
      ) : (
        t('risk_loading')
      )}
    </span>
  );
}

function Risk({ risk }: { risk: Schemas['OrderRisk'] }) {
  const { t } = useTranslation('orders');
  const { stock_out_probability: probability, sales_at_risk_minor: sales } = risk;
  if (probability === null || sales === null) return <>{t('risk_unknown')}</>;
  const { bound, share } = riskIn(probability);
  return (
    <>
      {t(`risk.${bound}`, {
        share: formatPercent(share, { digits: 0 }),
        day: formatDay(dayMoment(risk.lasts_until)),
        sales: formatMoney(sales, risk.currency),
      })}
    </>
  );
}
