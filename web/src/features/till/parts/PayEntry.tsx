import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { currencySign, formatAmount, formatMoney, parseAmount } from '@/format/money';
import { notesOf } from '@/money/change';
import { minorPerMajor, type Currency } from '@/money/currencies';
import { toForeign } from '@/money/rates';
import { worthOf } from '@/money/settle';
import { Button } from '@/ui/Button';
import { Kbd } from '@/ui/Kbd';
import { TextField } from '@/ui/fields';
import { cx } from '@/ui/cx';
import { usePhone } from '@/ui/useMedia';
import { exactOf, type Paying, type TenderMethod } from '../core/pay';
import type { TillShop } from '../state/shop';
import styles from '../pay.module.css';

export interface PayDeeds {
  onMethod: (method: TenderMethod, currency: Currency) => void;
  onAmount: (minor: number) => void;
  onNote: (major: number, currency: Currency) => void;
  onReference: (reference: string) => void;
  onAccount: (account: string) => void;
  onRemove: (at: number) => void;
  onPick: (choice: number) => void;
  onNext: () => void;
}

export interface MethodOption {
  letter: string;
  method: TenderMethod;
  currency: Currency;
}

/** The means of payment that this shop has, with the letter of each. */
export function methodsOf(shop: TillShop): MethodOption[] {
  const { base } = shop.drawer;
  const cash = [base, shop.foreign].filter((currency) => currency !== undefined);
  const letter = (currency: Currency) =>
    currency === 'USD' ? 'D' : currency === 'CDF' ? 'F' : (currency[0] ?? 'F');
  return [
    ...cash.map((currency): MethodOption => ({
      letter: letter(currency),
      method: 'cash',
      currency,
    })),
    { letter: 'M', method: 'mobile_money', currency: base },
    { letter: 'C', method: 'card', currency: base },
  ];
}

interface Props {
  paying: Paying;
  shop: TillShop;
  deeds: PayDeeds;
}

function useMethodName(): (option: Pick<MethodOption, 'method' | 'currency'>) => string {
  const { t } = useTranslation('till');
  const phone = usePhone();
  return ({ method, currency }) => {
    if (method === 'cash') return t('cash_in', { sign: currencySign(currency) });
    if (method === 'card') return t('card');
    return phone ? t('mobile_short') : t('mobile');
  };
}

/** The means of payment side by side; their letters choose them too. */
export function PayMethods({ paying, shop, deeds }: Props) {
  const { t } = useTranslation('till');
  const { typing } = paying;
  const name = useMethodName();
  return (
    <div className={styles['methods']} role="group" aria-label={t('method')}>
      {methodsOf(shop).map((option) => (
        <button
          key={option.letter}
          type="button"
          aria-pressed={typing.method === option.method && typing.currency === option.currency}
          aria-keyshortcuts={option.letter}
          onClick={() => {
            deeds.onMethod(option.method, option.currency);
          }}
        >
          <Kbd inherit>{option.letter}</Kbd>
          {name(option)}
        </button>
      ))}
    </div>
  );
}

/** The amount, and what belongs to its means: notes, or the wallet and its reference. */
export function PayEntry({ paying, shop, deeds }: Props) {
  const { typing } = paying;
  const name = useMethodName();
  return (
    <>
      <AmountField paying={paying} label={name(typing)} onAmount={deeds.onAmount} />
      {typing.method !== 'cash' && <Wallet paying={paying} shop={shop} deeds={deeds} />}
      {typing.method === 'cash' && <Notes paying={paying} shop={shop} deeds={deeds} />}
    </>
  );
}

/** The amount, ready to be typed over. On touch the keyboard opens only when it is pressed. */
function AmountField({
  paying,
  label,
  onAmount,
}: {
  paying: Paying;
  label: string;
  onAmount: (minor: number) => void;
}) {
  const { t } = useTranslation('till');
  const { typing, drawer } = paying;
  const input = useRef<HTMLInputElement>(null);
  const shown = formatAmount(typing.amountMinor, typing.currency, { short: true });
  const [text, setText] = useState(shown);
  const typed = parseAmount(text, typing.currency);
  // What another hand has changed (a note, a method) is written anew; what is typed stays as it is.
  const isOwn = typed.ok
    ? typed.minor === typing.amountMinor
    : text === '' && typing.amountMinor === 0;
  const value = isOwn ? text : shown;
  useEffect(() => {
    if (matchMedia('(pointer: coarse)').matches) return;
    input.current?.focus();
    if (!typing.touched) input.current?.select();
  }, [typing.method, typing.currency, typing.touched, paying.tenders.length]);
  const { foreign } = paying;
  const rate = foreign && drawer.rates[foreign];
  const worth =
    typing.currency !== drawer.base
      ? formatMoney(worthOf(drawer, typing) ?? 0, drawer.base)
      : rate && formatMoney(toForeign(typing.amountMinor, rate, foreign, drawer.base), foreign);
  return (
    <div className={styles['amount']}>
      <label htmlFor="pay-amount">
        {label}
        <br />
        {worth && t('worth', { amount: worth })}
      </label>
      <input
        ref={input}
        id="pay-amount"
        inputMode="decimal"
        autoComplete="off"
        value={value}
        onFocus={(event) => {
          event.target.select();
        }}
        onChange={(event) => {
          setText(event.target.value);
          const next = parseAmount(event.target.value, typing.currency);
          onAmount(next.ok ? next.minor : 0);
        }}
      />
      <b>{currencySign(typing.currency)}</b>
    </div>
  );
}

function Notes({ paying, shop, deeds }: { paying: Paying; shop: TillShop; deeds: PayDeeds }) {
  const { t } = useTranslation('till');
  const { base } = shop.drawer;
  const { typing } = paying;
  const isForeign = typing.currency !== base;
  const exact = exactOf(paying, 'cash', typing.currency);
  const phone = usePhone();
  const notes = (currency: Currency) =>
    notesOf(currency).map((major) => (
      <Button
        key={`${currency}${major}`}
        onClick={() => {
          deeds.onNote(major, currency);
        }}
      >
        {currency === base && currency === 'CDF'
          ? formatAmount(major * minorPerMajor(currency), currency)
          : formatMoney(major * minorPerMajor(currency), currency, { short: true })}
      </Button>
    ));
  const exactButton = (
    <Button
      className={styles['exact']}
      onClick={() => {
        deeds.onAmount(exact);
      }}
    >
      {t('exact')}
    </Button>
  );
  return (
    <>
      {(!isForeign || !phone) && (
        <div
          className={styles['notes']}
          role="group"
          aria-label={t('notes_in', { sign: currencySign(base) })}
        >
          {notes(base)}
          {exactButton}
        </div>
      )}
      {shop.foreign && (isForeign || !phone) && (
        <>
          {!phone && <p className={styles['label']}>{t('notes_foreign')}</p>}
          <div
            className={cx(styles['dollars'])}
            role="group"
            aria-label={t('notes_in', { sign: currencySign(shop.foreign) })}
          >
            {notes(shop.foreign)}
          </div>
          {phone && (
            <p className={styles['settleRow']} style={{ marginTop: 20 }}>
              <Button
                look="bare"
                onClick={() => {
                  deeds.onAmount(exact);
                }}
              >
                {t('exact_is', { amount: formatMoney(exact, typing.currency) })}
              </Button>
              <Button
                look="bare"
                onClick={() => {
                  deeds.onAmount(0);
                }}
              >
                {t('erase')}
              </Button>
            </p>
          )}
        </>
      )}
    </>
  );
}

/** Mobile money and cards: into which account, and the operator's reference. */
function Wallet({ paying, shop, deeds }: { paying: Paying; shop: TillShop; deeds: PayDeeds }) {
  const { t } = useTranslation('till');
  const { typing } = paying;
  const wallets = shop.wallets.filter((wallet) => wallet.method === typing.method);
  return (
    <div className={styles['details']}>
      {wallets.length > 0 && (
        <div className={styles['notes']} role="group" aria-label={t('wallet')}>
          {wallets.map((wallet) => (
            <Button
              key={wallet.id}
              look={typing.account === wallet.id ? 'ink' : 'plain'}
              aria-pressed={typing.account === wallet.id}
              onClick={() => {
                deeds.onAccount(wallet.id);
              }}
            >
              {wallet.name}
            </Button>
          ))}
        </div>
      )}
      <TextField
        label={t('reference')}
        {...(typing.method === 'mobile_money' && { hint: t('reference_hint') })}
        autoComplete="off"
        autoCapitalize="characters"
        maxLength={100}
        data-reference
        value={typing.reference}
        onChange={(event) => {
          deeds.onReference(event.target.value);
        }}
      />
    </div>
  );
}
