import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { formatMoney, formatRate } from '@/format/money';
import type { Currency } from '@/money/currencies';
import { roundToStep } from '@/money/exact';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { usePhone } from '@/ui/useMedia';
import { Kbd } from '@/ui/Kbd';
import { Figure } from '@/ui/Money';
import { viewOf, type Paying, type PayView } from '../core/pay';
import type { TillShop } from '../state/shop';
import styles from '../pay.module.css';
import { ChangeAccount, ChangeChoices } from './PayChange';
import { PayEntry, PayMethods, type PayDeeds } from './PayEntry';
import { foreignTotal } from './TicketTotals';
import { PayTenders } from './PayTenders';
import { payButtonWords, refusalWords } from './payWords';

/** Paying, in the tiles' place; the ticket beside it stays readable, frozen. */
export function PayPane({
  paying,
  shop,
  submitting,
  deeds,
  onBack,
}: {
  paying: Paying;
  shop: TillShop;
  submitting: boolean;
  deeds: PayDeeds;
  onBack: () => void;
}) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const view = viewOf(paying);
  const refusal = refusalWords(t, view.refusal);
  const phone = usePhone();
  const rate = shop.foreign && shop.drawer.rates[shop.foreign];
  const words =
    rate && shop.foreign ? formatRate(rate.micros, rate.side, shop.foreign, shop.drawer.base) : '';
  return (
    <div className={styles['full']} role="dialog" aria-modal="false" aria-label={t('pay_title')}>
      <div className={styles['pane']}>
        <div className={styles['head']}>
          <h2>{t('pay_title')}</h2>
          {words && (
            <span className={styles['rate']}>{phone ? words : t('pay_rate', { rate: words })}</span>
          )}
          <button type="button" className={styles['back']} onClick={onBack}>
            <IconChevronDown className={styles['backIcon']} size={24} stroke={1.7} aria-hidden />
            <span>{t('pay_back')}</span>
            <Kbd>{common('key.escape')}</Kbd>
          </button>
        </div>
        <PayStrip view={view} paying={paying} shop={shop} />
        <PhoneRest view={view} paying={paying} shop={shop} />
        <div className={styles['columns']}>
          <div className={styles['methodsBox']}>
            <PayMethods paying={paying} shop={shop} deeds={deeds} />
          </div>
          <div className={styles['entry']}>
            <PayEntry paying={paying} shop={shop} deeds={deeds} />
            {refusal && (
              <p className={styles['refusal']} role="status">
                {refusal}
              </p>
            )}
          </div>
          <div className={styles['tendersBox']}>
            <PayTenders paying={paying} view={view} shop={shop} onRemove={deeds.onRemove} />
          </div>
          {view.choices.length > 0 && (
            <>
              <div className={styles['changeBox']}>
                <ChangeChoices view={view} paying={paying} onPick={deeds.onPick} />
              </div>
              <div className={styles['countBox']}>
                <ChangeAccount view={view} shop={shop} />
              </div>
            </>
          )}
        </div>
      </div>
      <PhoneFoot view={view} paying={paying} submitting={submitting} onNext={deeds.onNext} />
    </div>
  );
}

function PayStrip({ view, paying, shop }: { view: PayView; paying: Paying; shop: TillShop }) {
  const { t } = useTranslation('till');
  const { base } = shop.drawer;
  const isMet = view.remainingMinor === 0;
  const foreignIn = [...paying.tenders, paying.typing]
    .filter((line) => line.currency === shop.foreign && line.amountMinor > 0)
    .reduce((total, line) => total + line.amountMinor, 0);
  return (
    <dl className={styles['strip']}>
      <Cell label={t('due')} minor={paying.totalMinor} currency={base}>
        {foreignTotal(paying.totalMinor, shop)}
      </Cell>
      <Cell label={t('received')} minor={view.receivedMinor} currency={base}>
        {foreignIn > 0 && shop.foreign
          ? t('of_which', { amount: formatMoney(foreignIn, shop.foreign) })
          : '\u00a0'}
      </Cell>
      <Cell label={t('rest')} minor={view.remainingMinor} currency={base} settled={isMet}>
        {isMet ? (
          <>
            <IconCheck size={16} stroke={2.2} aria-hidden /> {t('settled')}
          </>
        ) : (
          foreignTotal(view.remainingMinor, shop)
        )}
      </Cell>
      <Cell label={t('to_give')} minor={view.overMinor} currency={base}>
        {view.overMinor > 0 ? foreignTotal(view.overMinor, shop) : '\u00a0'}
      </Cell>
    </dl>
  );
}

function Cell({
  label,
  minor,
  currency,
  settled,
  children,
}: {
  label: string;
  minor: number;
  currency: Currency;
  settled?: boolean;
  children: React.ReactNode;
}) {
  return (
    <div className={cx(settled && styles['settled'])}>
      <dt>{label}</dt>
      <dd className={styles['figure']}>
        <Figure minor={minor} currency={currency} />
      </dd>
      <dd>{children}</dd>
    </div>
  );
}

/** The phone shows what remains, and nothing larger. */
function PhoneRest({ view, paying, shop }: { view: PayView; paying: Paying; shop: TillShop }) {
  const { t } = useTranslation('till');
  const { base } = shop.drawer;
  const gives = view.remainingMinor === 0 && view.overMinor > 0;
  const shown = gives ? view.overMinor : view.remainingMinor;
  return (
    <div className={styles['phone']}>
      <div>
        <span>
          {t('total')} {formatMoney(paying.totalMinor, base)}
        </span>
        <span>{foreignTotal(paying.totalMinor, shop)}</span>
      </div>
      <div>
        <strong>{gives ? t('to_give') : t('rest')}</strong>
        <Figure minor={shown} currency={base} className={styles['big']} />
      </div>
      <div>
        <span />
        <span>{shown > 0 ? foreignTotal(shown, shop) : t('settled')}</span>
      </div>
    </div>
  );
}

/** The phone's foot: what settles in base cash, and the money button where it was. */
function PhoneFoot({
  view,
  paying,
  submitting,
  onNext,
}: {
  view: PayView;
  paying: Paying;
  submitting: boolean;
  onNext: () => void;
}) {
  const { t } = useTranslation('till');
  const { base, stepMinor } = paying.drawer;
  const settles = roundToStep(view.remainingMinor, stepMinor);
  const rounding = settles - view.remainingMinor;
  return (
    <div className={cx(styles['foot'], styles['phone'])}>
      {view.remainingMinor > 0 && (
        <>
          <p className={styles['settleRow']}>
            <span>
              {base === 'CDF' ? t('settle_in') : t('settle_in_other', { currency: base })}
            </span>
            <b>{formatMoney(settles, base)}</b>
          </p>
          {rounding !== 0 && (
            <p className={cx(styles['settleRow'], styles['small'])}>
              <span>{t('rounding_step', { step: formatMoney(stepMinor, base) })}</span>
              <span>{formatMoney(rounding, base, { signed: true })}</span>
            </p>
          )}
        </>
      )}
      <Button
        look="mango"
        className={styles['money']}
        disabled={view.next === 'nothing' || submitting}
        onClick={onNext}
      >
        {submitting ? t('validating') : payButtonWords(t, view, paying)}
      </Button>
    </div>
  );
}
