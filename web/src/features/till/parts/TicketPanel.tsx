import { IconChevronDown, IconChevronUp, IconLock, IconPlayerPause } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAmount, formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { Kbd } from '@/ui/Kbd';
import { Figure } from '@/ui/Money';
import type { Totals } from '../core/ticket';
import type { TillShop } from '../state/shop';
import type { TillState } from '../state/store';
import styles from '../ticket.module.css';
import till from '../till.module.css';
import { TicketLines, type LineDeeds } from './TicketLines';
import { TicketTotals } from './TicketTotals';

interface Props {
  state: TillState;
  shop: TillShop;
  totals: Totals;
  deeds: LineDeeds;
  onHeld: () => void;
  /** Names this till; absent for who may not. */
  onName: (() => void) | undefined;
  /** What stands above the lines: why the sale was refused. */
  notice?: React.ReactNode;
  /** The main button: it never moves. */
  action: React.ReactNode;
}

/** The ticket beside the tiles. */
export function TicketPanel(props: Props) {
  return (
    <section className={cx(till['right'], styles['panel'])} aria-label={props.state.number}>
      <TicketBody {...props} />
    </section>
  );
}

function TicketHead({
  state,
  onHeld,
  onName,
  children,
}: Pick<Props, 'state' | 'onHeld' | 'onName'> & { children?: React.ReactNode }) {
  const { t } = useTranslation('till');
  return (
    <div className={styles['head']}>
      <h2>{t('ticket')}</h2>
      {onName && !state.paying ? (
        <button
          type="button"
          className={cx(styles['number'], styles['rename'])}
          title={t('till_name_title')}
          onClick={onName}
        >
          {state.number}
        </button>
      ) : (
        <span className={styles['number']}>{state.number}</span>
      )}
      {state.paying ? (
        <span className={cx(styles['aside'], styles['frozen'])}>
          <IconLock size={18} stroke={1.7} aria-hidden />
          {t('frozen')}
        </span>
      ) : (
        (state.held.length > 0 || state.ticket.lines.length > 0) && (
          <button type="button" className={styles['aside']} aria-keyshortcuts="F8" onClick={onHeld}>
            <IconPlayerPause size={18} stroke={1.7} aria-hidden />
            {state.held.length > 0 ? t('held', { count: state.held.length }) : t('hold')}
            <Kbd inherit>F8</Kbd>
          </button>
        )
      )}
      {children}
    </div>
  );
}

function TicketBody({
  state,
  shop,
  totals,
  deeds,
  onHeld,
  onName,
  notice,
  action,
  rows,
  head,
}: Props & { rows?: boolean; head?: React.ReactNode }) {
  return (
    <>
      <TicketHead state={state} onHeld={onHeld} onName={onName}>
        {head}
      </TicketHead>
      {notice && <div className={styles['notice']}>{notice}</div>}
      <TicketLines
        ticket={state.ticket}
        totals={totals}
        currency={shop.settings.currency}
        frozen={state.paying !== undefined}
        flash={state.flash}
        deeds={deeds}
      />
      <TicketTotals ticket={state.ticket} totals={totals} shop={shop} {...(rows && { rows })}>
        {action}
      </TicketTotals>
    </>
  );
}

/** The same on a phone: a sheet from below, closed to its last line, its sum and the button. */
export function TicketSheet(props: Props) {
  const { t } = useTranslation('till');
  const [opened, setOpened] = useState(false);
  const { state, shop, totals } = props;
  const { currency } = shop.settings;
  const last =
    state.ticket.lines.find((line) => line.key === state.ticket.selected) ??
    state.ticket.lines.at(-1);
  const at = last ? state.ticket.lines.indexOf(last) : -1;
  const count = state.ticket.lines.length;
  const bar = (
    <div className={styles['bar']}>
      <div className={styles['barSum']}>
        <Figure minor={totals.totalMinor} currency={currency} />
      </div>
      {props.action}
    </div>
  );
  if (opened && count > 0) {
    return (
      <section className={styles['opened']} aria-label={state.number}>
        <TicketBody
          {...props}
          action={null}
          rows
          head={
            <button
              type="button"
              className={styles['close']}
              aria-label={t('close_ticket')}
              onClick={() => {
                setOpened(false);
              }}
            >
              <IconChevronDown size={24} stroke={1.7} aria-hidden />
            </button>
          }
        />
        {bar}
      </section>
    );
  }
  return (
    <section className={styles['sheet']} aria-label={state.number}>
      {props.notice}
      {last && (
        <div
          key={state.flash?.at}
          className={cx(styles['last'], last.key === state.flash?.key && styles['flashed'])}
        >
          <b>{formatQuantity(last.quantity)} ×</b>
          <span>{last.name}</span>
          <b>{formatAmount(totals.lines[at]?.subtotalMinor ?? 0, currency)}</b>
        </div>
      )}
      {(count > 0 || state.held.length > 0) && (
        <button
          type="button"
          className={styles['summary']}
          onClick={() => {
            if (count > 0) setOpened(true);
            else props.onHeld();
          }}
        >
          <span>
            {count === 0
              ? t('held', { count: state.held.length })
              : totals.discountMinor > 0
                ? t('lines_discount', {
                    count,
                    amount: formatMoney(totals.discountMinor, currency),
                  })
                : t('lines', { count })}
          </span>
          {count > 0 && <span>{t('see_ticket')}</span>}
          <IconChevronUp size={20} stroke={1.7} aria-hidden />
        </button>
      )}
      {bar}
    </section>
  );
}

/** The money button: mango, 64 px, always at the same spot. */
export function PayButton({ disabled, onPay }: { disabled: boolean; onPay: () => void }) {
  const { t } = useTranslation('till');
  return (
    <Button
      look="mango"
      className={styles['money']}
      disabled={disabled}
      aria-keyshortcuts="F9"
      onClick={onPay}
    >
      {t('pay')}
      <Kbd inherit>F9</Kbd>
    </Button>
  );
}
