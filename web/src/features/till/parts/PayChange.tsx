import { useTranslation } from 'react-i18next';
import { currencySign, formatAmount, formatMoney } from '@/format/money';
import { worthOf } from '@/money/settle';
import { cx } from '@/ui/cx';
import type { Paying, PayView } from '../core/pay';
import type { TillShop } from '../state/shop';
import styles from '../pay.module.css';
import { changeWords, choiceNote, tenderNote } from './payWords';

/** Two or three ready ways to give back; the arrows move between them. */
export function ChangeChoices({
  view,
  paying,
  onPick,
}: {
  view: PayView;
  paying: Paying;
  onPick: (choice: number) => void;
}) {
  const { t } = useTranslation('till');
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend className={styles['title']} style={{ width: '100%', fontWeight: 650 }}>
        {t('change_title')}
      </legend>
      <div className={styles['choices']}>
        {view.choices.map((choice, index) => (
          <label key={choice.kind}>
            <input
              type="radio"
              name="change"
              checked={choice === view.chosen}
              onChange={() => {
                onPick(index);
              }}
            />
            <b>{changeWords(choice.lines)}</b>
            <small>{choiceNote(t, choice, paying.drawer.base)}</small>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** How the chosen change comes about, with its rounding as a line of its own. */
export function ChangeAccount({ view, shop }: { view: PayView; shop: TillShop }) {
  const { t } = useTranslation('till');
  const { base, stepMinor } = shop.drawer;
  const chosen = view.chosen;
  if (!chosen) return null;
  const foreign = chosen.lines.filter((line) => line.currency !== base);
  const inBase = chosen.lines.find((line) => line.currency === base)?.amountMinor ?? 0;
  const amount = (minor: number) => formatAmount(minor, base);
  return (
    <table className={styles['count']}>
      <thead>
        <tr>
          <th scope="col">{t('change_account')}</th>
          <th scope="col" className={styles['sum']}>
            {t('in_base', { sign: currencySign(base) })}
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td>{t('to_give')}</td>
          <td className={styles['sum']}>{amount(view.overMinor)}</td>
        </tr>
        {foreign.map((line) => (
          <tr key={line.currency}>
            <td>
              {t('given_at', {
                amount: formatMoney(line.amountMinor, line.currency),
                rate: rateOnly(
                  tenderNote(
                    t,
                    { ...line, method: 'cash', account: undefined, reference: '' },
                    shop,
                  ),
                ),
              })}
            </td>
            <td className={styles['sum']}>{amount(-(worthOf(shop.drawer, line) ?? 0))}</td>
          </tr>
        ))}
        {chosen.roundingMinor !== 0 && (
          <tr>
            <td>{t('rounding_step', { step: formatAmount(stepMinor, base) })}</td>
            <td className={styles['sum']}>
              {formatAmount(-chosen.roundingMinor, base, { signed: true })}
            </td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <td className={styles['doubled']}>
            {base === 'CDF' ? t('base_to_give') : t('base_to_give_other', { currency: base })}
          </td>
          <td className={cx(styles['sum'], styles['doubled'])}>{amount(inBase)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** Of "20 × 2 851 FC", the rate. */
const rateOnly = (note: string | undefined) =>
  note
    ?.split('×')[1]
    ?.trim()
    .replace(/\s*\u00a0?FC$/, '') ?? '';
