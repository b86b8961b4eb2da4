import { describe, expect, test } from 'vitest';
import type { Drawer } from '@/money/settle';
import {
  addNote,
  addTender,
  allTenders,
  changeOf,
  choose,
  exactOf,
  moveChoice,
  nextNote,
  removeTender,
  setAmount,
  setReference,
  startPaying,
  typeDigit,
  viewOf,
} from './pay';

const drawer: Drawer = {
  base: 'CDF',
  stepMinor: 5000,
  rates: { USD: { micros: 2_851_000_000, side: 'base_per_foreign' } },
};

const begin = () => startPaying(6_020_000, drawer, 'USD');

describe('the sale of the picture', () => {
  const mobile = addTender(
    setReference(setAmount(choose(begin(), 'mobile_money', 'CDF', 'w'), 500_000), '9KD4'),
  );
  const dollars = addTender(addNote(mobile, 20, 'USD'));
  const paying = setAmount(dollars, 3_000_000);

  test('20 $ and 30 000 FC after 5 000 by phone: 31 820 to give back, three ways', () => {
    const view = viewOf(paying);
    expect(view).toMatchObject({
      receivedMinor: 9_202_000,
      remainingMinor: 0,
      overMinor: 3_182_000,
    });
    expect(view.next).toBe('validate');
    expect(view.choices.map(({ kind }) => kind)).toEqual(['advised', 'base', 'foreign']);
    expect(changeOf(moveChoice(paying, 1))).toEqual([{ currency: 'CDF', amountMinor: 3_180_000 }]);
  });

  test('while something remains, the button adds', () => {
    const ten = setAmount(choose(mobile, 'cash', 'USD'), 1000);
    expect(viewOf(ten)).toMatchObject({ next: 'add', remainingMinor: 2_669_000 });
  });
});

describe('amounts', () => {
  test('the rest stands there in every method: cash by its step, the phone to the franc', () => {
    const paying = startPaying(2_669_000, drawer, 'USD');
    expect(exactOf(paying, 'cash', 'CDF')).toBe(2_670_000);
    expect(exactOf(paying, 'mobile_money', 'CDF')).toBe(2_669_000);
    expect(viewOf(choose(paying, 'cash', 'USD')).next).toBe('validate');
  });

  test('the first digit replaces, the next follow', () => {
    const typed = typeDigit(typeDigit(typeDigit(begin(), 7), 0), 0);
    expect(typed.typing.amountMinor).toBe(70_000);
  });

  test('notes add up, and one of the other currency switches to it', () => {
    const two = addNote(addNote(begin(), 20_000, 'CDF'), 20_000, 'CDF');
    expect(two.typing.amountMinor).toBe(4_000_000);
    expect(addNote(two, 10, 'USD').typing).toMatchObject({ currency: 'USD', amountMinor: 1000 });
  });

  test('the next note goes up from the rest', () => {
    const first = nextNote(begin());
    expect(first.typing.amountMinor).toBe(6_050_000);
    expect(nextNote(first).typing.amountMinor).toBe(6_100_000);
    const handed = [1, 2, 3, 4, 5].reduce(nextNote, first);
    expect(handed.typing.amountMinor).toBe(10_000_000);
  });
});

describe('what cannot be', () => {
  test('mobile money wants its reference, and no more than the rest', () => {
    const phone = choose(begin(), 'mobile_money', 'CDF', 'w');
    expect(viewOf(phone)).toMatchObject({ next: 'nothing', refusal: 'reference_missing' });
    expect(viewOf(setReference(phone, 'X1')).next).toBe('validate');
    const more = setReference(setAmount(phone, 7_000_000), 'X1');
    expect(viewOf(more).refusal).toBe('payment.change_exceeds_cash');
  });

  test('a tender that is taken out leaves its rest to pay', () => {
    const paying = addTender(setAmount(begin(), 1_000_000));
    expect(paying.typing.amountMinor).toBe(5_020_000);
    expect(removeTender(paying, 0).typing.amountMinor).toBe(6_020_000);
    expect(allTenders(paying)).toHaveLength(2);
  });

  test('a ticket that costs nothing is validated as it is', () => {
    expect(viewOf(startPaying(0, drawer)).next).toBe('validate');
  });
});
