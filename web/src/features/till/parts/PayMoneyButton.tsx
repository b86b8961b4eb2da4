import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/Button';
import { Kbd } from '@/ui/Kbd';
import type { Paying, PayView } from '../core/pay';
import styles from '../ticket.module.css';
import { payButtonWords } from './payWords';

/** The money button while paying: adds the tender, then makes the sale, at the same spot. */
export function PayMoneyButton({
  paying,
  view,
  submitting,
  onNext,
}: {
  paying: Paying;
  view: PayView;
  submitting: boolean;
  onNext: () => void;
}) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  return (
    <Button
      look="mango"
      className={styles['money']}
      disabled={view.next === 'nothing' || submitting}
      aria-busy={submitting}
      onClick={onNext}
    >
      {submitting ? t('validating') : payButtonWords(t, view, paying)}
      <Kbd inherit>{common('key.enter')}</Kbd>
    </Button>
  );
}
