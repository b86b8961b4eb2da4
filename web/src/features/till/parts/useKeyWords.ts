import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PageKeys } from '@/app/frame/pageKeys';

type Keys = { keys: string[]; does: string }[];

/** The keys of each phase: a few at the foot of the till, all of them in the sheet. */
export function useKeyWords(
  phase: 'sell' | 'pay' | 'done',
  t: TFunction<'till'>,
): { hints: Keys; sheet: PageKeys } {
  const { t: common } = useTranslation();
  return useMemo(() => {
    const enter = common('key.enter');
    const remove = common('key.delete');
    const search = { keys: ['F2'], does: t('key_search') };
    const hold = { keys: ['F8'], does: t('key_hold') };
    const sell: Keys = [
      search,
      { keys: ['↑', '↓'], does: t('key_line') },
      { keys: ['+', '−'], does: t('key_quantity') },
      { keys: ['F4'], does: t('key_discount') },
      hold,
      { keys: [remove], does: t('key_remove') },
    ];
    const pay: Keys = [
      { keys: ['F', 'D', 'M', 'C'], does: t('key_method') },
      { keys: ['+'], does: t('key_note') },
      { keys: ['↑', '↓'], does: t('key_change') },
      { keys: [enter], does: t('key_enter') },
    ];
    const done: Keys = [
      { keys: ['P'], does: t('key_print') },
      { keys: [enter], does: t('key_new') },
      search,
      { keys: ['F8'], does: t('key_recall') },
    ];
    return {
      hints: { sell, pay, done }[phase],
      sheet: {
        title: t('title'),
        keys: [
          { keys: ['|||'], does: t('key_scan') },
          ...sell,
          { keys: ['3*riz', enter], does: t('key_times') },
          { keys: ['0–9'], does: t('key_number') },
          { keys: [common('key.shift'), remove], does: t('key_cancel') },
          { keys: ['F9'], does: t('key_pay') },
          ...pay,
          ...done.slice(0, 2),
        ],
      },
    };
  }, [phase, t, common]);
}
