import { useMemo } from 'react';
import {
  addNote,
  addTender,
  choose,
  pickChoice,
  removeTender,
  setAccount,
  setAmount,
  setReference,
  viewOf,
  type TenderMethod,
} from '../core/pay';
import type { Currency } from '@/money/currencies';
import type { TillShop } from '../state/shop';
import { changePaying, makeSale, tillState } from '../state/store';
import { methodsOf, type PayDeeds } from './PayEntry';

/** The deeds of the payment, tied to the store. */
export function usePayDeeds(): {
  deeds: PayDeeds;
  byLetter: (shop: TillShop, letter: string) => boolean;
} {
  return useMemo(() => {
    const take = (method: TenderMethod, currency: Currency) => {
      const wallets = tillState().shop?.wallets.filter((wallet) => wallet.method === method) ?? [];
      // The only wallet needs no choice; the first is there to be changed.
      changePaying((before) => choose(before, method, currency, wallets[0]?.id));
    };
    const deeds: PayDeeds = {
      onMethod: take,
      onAmount: (minor) => {
        changePaying((before) => setAmount(before, minor));
      },
      onNote: (major, currency) => {
        changePaying((before) => addNote(before, major, currency));
      },
      onReference: (reference) => {
        changePaying((before) => setReference(before, reference));
      },
      onAccount: (account) => {
        changePaying((before) => setAccount(before, account));
      },
      onRemove: (at) => {
        changePaying((before) => removeTender(before, at));
      },
      onPick: (choice) => {
        changePaying((before) => pickChoice(before, choice));
      },
      onNext: () => {
        const { paying } = tillState();
        if (!paying) return;
        const { next } = viewOf(paying);
        if (next === 'add') changePaying(addTender);
        else if (next === 'validate') void makeSale();
      },
    };
    return {
      deeds,
      byLetter: (shop, letter) => {
        const option = methodsOf(shop).find((entry) => entry.letter === letter);
        if (!option) return false;
        take(option.method, option.currency);
        return true;
      },
    };
  }, []);
}
