import { useLocation } from 'wouter';
import { useMay } from '@/auth/useSession';
import { routes } from '@/app/routes';
import type { TillProduct } from '../core/catalogue';
import { setDiscount, setPrice, type TicketLine } from '../core/ticket';
import type { TillShop } from '../state/shop';
import * as till from '../state/store';
import {
  CancelDialog,
  DiscountDialog,
  HeldDialog,
  NameDialog,
  PriceDialog,
  UnknownCodeDialog,
  WeightDialog,
} from './dialogs';

/** What the till asks, one thing at a time. */
export type Asked =
  | { kind: 'weight'; product: TillProduct }
  | { kind: 'discount'; line: TicketLine }
  | { kind: 'price'; line: TicketLine }
  | { kind: 'held' }
  | { kind: 'cancel' }
  | { kind: 'name' }
  | { kind: 'unknown'; code: string };

export function TillDialogs({
  asked,
  state,
  shop,
  onClose,
}: {
  asked: Asked | undefined;
  state: till.TillState;
  shop: TillShop;
  onClose: () => void;
}) {
  const may = useMay();
  const [, go] = useLocation();
  const { currency } = shop.settings;
  const hasProducts = routes.some(({ name }) => name === 'products');
  const then = (deed: () => void) => {
    deed();
    onClose();
  };
  switch (asked?.kind) {
    case 'weight':
      return (
        <WeightDialog
          key={asked.product.id}
          product={asked.product}
          onClose={onClose}
          onAdd={(quantity) => {
            then(() => {
              till.sell(asked.product, quantity);
            });
          }}
        />
      );
    case 'discount':
      return (
        <DiscountDialog
          line={asked.line}
          currency={currency}
          onClose={onClose}
          onSet={(minor, reason) => {
            then(() => {
              till.changeTicket((ticket) => setDiscount(ticket, asked.line.key, minor, reason));
            });
          }}
        />
      );
    case 'price':
      return (
        <PriceDialog
          line={asked.line}
          currency={currency}
          onClose={onClose}
          onSet={(minor) => {
            then(() => {
              till.changeTicket((ticket) => setPrice(ticket, asked.line.key, minor));
            });
          }}
        />
      );
    case 'held':
      return (
        <HeldDialog
          held={state.held}
          terms={till.termsOf(shop)}
          canHold={state.ticket.lines.length > 0}
          onClose={onClose}
          onHold={() => {
            then(() => void till.holdTicket());
          }}
          onRecall={(id) => {
            then(() => void till.recallTicket(id));
          }}
        />
      );
    case 'cancel':
      return (
        <CancelDialog
          onClose={onClose}
          onCancel={() => {
            then(till.clearTicket);
          }}
        />
      );
    case 'name':
      return (
        <NameDialog
          number={state.number}
          onClose={onClose}
          onSet={(name) => {
            then(() => void till.nameTill(name));
          }}
        />
      );
    case 'unknown':
      return (
        <UnknownCodeDialog
          code={asked.code}
          onClose={onClose}
          onCreate={
            may('changeCatalogue') && hasProducts
              ? () => {
                  go(`/produits/nouveau?code=${encodeURIComponent(asked.code)}`);
                }
              : undefined
          }
        />
      );
    case undefined:
      return null;
  }
}
