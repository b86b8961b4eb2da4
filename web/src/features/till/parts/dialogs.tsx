import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatMoney } from '@/format/money';
import { formatTime } from '@/format/dates';
import { parseQuantity, unitSign } from '@/format/quantity';
import { shownStep, type Currency } from '@/money/currencies';
import { extend, roundToStep } from '@/money/exact';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { MoneyField } from '@/ui/figures';
import { TextField } from '@/ui/fields';
import type { TillProduct } from '../core/catalogue';
import { NAME_LENGTH, parseTillName } from '../core/number';
import { totalsOf, type Terms, type Ticket, type TicketLine } from '../core/ticket';
import styles from './dialogs.module.css';

interface Common {
  onClose: () => void;
}

function Form({ onSubmit, children }: { onSubmit: () => void; children: React.ReactNode }) {
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

function Actions({ onClose, go, disabled }: Common & { go: string; disabled?: boolean }) {
  const { t } = useTranslation();
  return (
    <DialogActions>
      <Button onClick={onClose}>{t('action.cancel')}</Button>
      <Button type="submit" look="ink" disabled={disabled ?? false}>
        {go}
      </Button>
    </DialogActions>
  );
}

/** How much of a product that is weighed or measured. */
export function WeightDialog({
  product,
  onClose,
  onAdd,
}: Common & { product: TillProduct; onAdd: (quantity: number) => void }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const [text, setText] = useState('');
  const quantity = parseQuantity(text);
  return (
    <Dialog title={product.name} opened onClose={onClose} size={380}>
      <Form
        onSubmit={() => {
          if (quantity) onAdd(quantity);
        }}
      >
        <TextField
          label={t('weigh_in', { unit: unitSign(product.unit) })}
          large
          inputMode="decimal"
          autoComplete="off"
          data-autofocus
          unit={unitSign(product.unit)}
          value={text}
          error={text && quantity === undefined ? common('input.quantity_wrong') : undefined}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <Actions onClose={onClose} go={t('add')} disabled={!quantity} />
      </Form>
    </Dialog>
  );
}

/** A discount on a line: an amount or a share, and its reason. */
export function DiscountDialog({
  line,
  currency,
  onClose,
  onSet,
}: Common & {
  line: TicketLine;
  currency: Currency;
  onSet: (minor: number, reason: string) => void;
}) {
  const { t } = useTranslation('till');
  const [minor, setMinor] = useState<number | undefined>(line.discountMinor || undefined);
  const [percent, setPercent] = useState('');
  const [reason, setReason] = useState(line.discountReason);
  const step = shownStep(currency);
  const most = extend(line.unitPriceMinor, line.quantity, step);
  const share = parseQuantity(percent);
  const given = share === undefined ? minor : roundToStep(Math.round((most * share) / 100), step);
  const tooBig = given !== undefined && given > most;
  return (
    <Dialog title={`${t('discount_title')}, ${line.name}`} opened onClose={onClose}>
      <Form
        onSubmit={() => {
          if (given !== undefined && !tooBig) onSet(given, reason.trim());
        }}
      >
        <MoneyField
          label={t('discount_amount')}
          large
          autoFocus
          currency={currency}
          minor={minor}
          onChange={(next) => {
            setMinor(next);
            setPercent('');
          }}
          error={tooBig ? t('discount_too_big') : undefined}
        />
        <TextField
          label={t('discount_percent')}
          quiet
          inputMode="decimal"
          autoComplete="off"
          unit="%"
          value={percent}
          {...(share !== undefined &&
            given !== undefined && { hint: formatMoney(given, currency) })}
          onChange={(event) => {
            setPercent(event.target.value);
          }}
        />
        <TextField
          label={t('discount_reason')}
          hint={t('discount_reason_hint')}
          maxLength={100}
          required
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
        <DialogActions>
          {line.discountMinor > 0 && (
            <Button
              onClick={() => {
                onSet(0, '');
              }}
            >
              {t('discount_remove')}
            </Button>
          )}
          <Button type="submit" look="ink" disabled={given === undefined || tooBig}>
            {t('discount')}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

/** Another price for a line than the catalogue's. */
export function PriceDialog({
  line,
  currency,
  onClose,
  onSet,
}: Common & { line: TicketLine; currency: Currency; onSet: (minor: number) => void }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const [minor, setMinor] = useState<number | undefined>(line.unitPriceMinor);
  return (
    <Dialog title={`${t('price_title')}, ${line.name}`} opened onClose={onClose}>
      <Form
        onSubmit={() => {
          if (minor !== undefined) onSet(minor);
        }}
      >
        <MoneyField
          label={t('price_new')}
          hint={t('price_catalogue', { price: formatMoney(line.cataloguePriceMinor, currency) })}
          large
          autoFocus
          currency={currency}
          minor={minor}
          onChange={setMinor}
        />
        <Actions onClose={onClose} go={common('action.confirm')} disabled={minor === undefined} />
      </Form>
    </Dialog>
  );
}

/** Tickets that wait for their customer. */
export function HeldDialog({
  held,
  terms,
  canHold,
  onClose,
  onHold,
  onRecall,
}: Common & {
  held: readonly Ticket[];
  terms: Terms;
  canHold: boolean;
  onHold: () => void;
  onRecall: (id: string) => void;
}) {
  const { t } = useTranslation('till');
  return (
    <Dialog title={t('held_title')} opened onClose={onClose}>
      {held.length === 0 && <p>{t('held_none')}</p>}
      <ul className={styles['held']}>
        {held.map((ticket) => (
          <li key={ticket.id}>
            <span>
              {formatTime(ticket.heldAt ?? ticket.startedAt)}
              <small>
                {ticket.lines
                  .slice(0, 2)
                  .map((line) => line.name)
                  .join(', ')}
                {ticket.lines.length > 2 ? ' …' : ''}
              </small>
            </span>
            <b>{formatMoney(totalsOf(ticket, terms).totalMinor, terms.currency)}</b>
            <Button
              onClick={() => {
                onRecall(ticket.id);
              }}
            >
              {t('recall')}
            </Button>
          </li>
        ))}
      </ul>
      {canHold && (
        <DialogActions>
          <Button look="ink" onClick={onHold}>
            {t('held_this')}
          </Button>
        </DialogActions>
      )}
    </Dialog>
  );
}

export function CancelDialog({ onClose, onCancel }: Common & { onCancel: () => void }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  return (
    <Dialog title={t('cancel_title')} opened onClose={onClose} size={380}>
      <p>{t('cancel_why')}</p>
      <DialogActions>
        <Button onClick={onClose}>{common('action.cancel')}</Button>
        <Button look="chili" onClick={onCancel}>
          {t('cancel_do')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** What this machine is called among the tills of the shop: its numbers begin with it. */
export function NameDialog({
  number,
  onClose,
  onSet,
}: Common & { number: string; onSet: (name: string) => void }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const [before = '', count] = number.split('-');
  const [text, setText] = useState(before);
  const name = parseTillName(text);
  return (
    <Dialog title={t('till_name_title')} opened onClose={onClose} size={380}>
      <p>{t('till_name_why')}</p>
      <Form
        onSubmit={() => {
          if (name) onSet(name);
        }}
      >
        <TextField
          label={t('till_name')}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          data-autofocus
          maxLength={NAME_LENGTH}
          value={text}
          error={text !== '' && !name ? t('till_name_wrong') : undefined}
          hint={name && t('till_name_next', { number: `${name}-${count}` })}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <Actions onClose={onClose} go={common('action.save')} disabled={!name} />
      </Form>
    </Dialog>
  );
}

/** A code that no product has; who may, can make one with it. */
export function UnknownCodeDialog({
  code,
  onClose,
  onCreate,
}: Common & { code: string; onCreate: (() => void) | undefined }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  return (
    <Dialog title={t('unknown_title')} opened onClose={onClose} size={380}>
      <p>{t('unknown_why', { code })}</p>
      <DialogActions>
        <Button data-autofocus onClick={onClose}>
          {common('action.close')}
        </Button>
        {onCreate && (
          <Button look="ink" onClick={onCreate}>
            {t('unknown_create')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
