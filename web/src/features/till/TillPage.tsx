import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearch } from 'wouter';
import { useMay } from '@/auth/useSession';
import { useConnection } from '@/connection/useConnection';
import { useLayer } from '@/app/frame/layers';
import { useSayKeys } from '@/app/frame/pageKeys';
import { setBusy } from '@/app/version';
import { isMeasured } from '@/format/quantity';
import { printReceipt, receiptOfEntry } from '@/receipt';
import { cx } from '@/ui/cx';
import { usePhone, useTouch } from '@/ui/useMedia';
import { PageTitle } from '@/ui/page';
import { ErrorState } from '@/ui/states';
import { toast } from '@/ui/toasts';
import { findByCode, readTyped, resolve, type TillProduct } from './core/catalogue';
import { nextNote, moveChoice, viewOf } from './core/pay';
import {
  moveSelection,
  quantityOf,
  removeLine,
  restoreLine,
  select,
  setQuantity,
  stepQuantity,
} from './core/ticket';
import { CameraDialog } from '@/scanner/CameraDialog';
import { DonePane, DoneReceipt } from './parts/DonePane';
import { KeyHints } from './parts/KeyHints';
import { OfflineBar } from './parts/OfflineBar';
import { PayMoneyButton } from './parts/PayMoneyButton';
import { PayPane } from './parts/PayPane';
import { RefusedNotice } from './parts/RefusedNotice';
import { TwinNotice } from './parts/TwinNotice';
import { Shelves } from './parts/Shelves';
import { SearchBar } from './parts/SearchBar';
import { TillDialogs, type Asked } from './parts/TillDialogs';
import { PayButton, TicketPanel, TicketSheet } from './parts/TicketPanel';
import { TrayPane } from './parts/TrayPane';
import { useKeyWords } from './parts/useKeyWords';
import { usePayDeeds } from './parts/usePayDeeds';
import * as till from './state/store';
import { useScanner } from '@/scanner/useScanner';
import { useTill, useTillRunning } from './state/useTill';
import styles from './till.module.css';
import { useTillKeys } from './useTillKeys';

// Chosen rarely, and by few.
const FavouritesPane = lazy(() => import('./parts/FavouritesPane'));

export default function TillPage() {
  useTillRunning();
  // The words of the receipt come along: a page that had to wait for them would lose its focus.
  const { t } = useTranslation(['till', 'receipt']);
  const may = useMay();
  const layer = useLayer();
  const phone = usePhone();
  const coarse = useTouch();
  const state = useTill();
  const { shop, ticket, paying, done } = state;
  const totals = till.currentTotals();
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const [camera, setCamera] = useState(false);
  const [, go] = useLocation();
  const address = useSearch();
  const tray = address.startsWith('envoi');
  const { online } = useConnection();
  const mayChoose = may('changeCatalogue') && online;
  const choosing = address.startsWith('favoris') && mayChoose;
  const search = useRef<HTMLInputElement>(null);
  const digits = useRef({ text: '', at: 0 });
  const phase = paying ? 'pay' : done ? 'done' : 'sell';
  const words = useKeyWords(phase, t);
  useSayKeys(words.sheet);
  const pay = usePayDeeds();
  const open = ticket.lines.length > 0 || paying !== undefined;
  useEffect(() => {
    setBusy('till', open);
    return () => {
      setBusy('till', false);
    };
  }, [open]);

  const closeTray = useCallback(() => {
    go('/caisse', { replace: true });
  }, [go]);

  const sell = (product: TillProduct, quantity?: number) => {
    if (paying) return;
    if (quantity === undefined && isMeasured(product.unit)) setAsked({ kind: 'weight', product });
    else till.sell(product, quantity ?? 1);
  };

  const onCode = (ways: string[]) => {
    if (!shop || paying) return;
    const product = findByCode(shop.catalogue, ways);
    if (!product) setAsked({ kind: 'unknown', code: ways[0] ?? '' });
    else {
      if (asked?.kind === 'unknown') setAsked(undefined);
      sell(product);
    }
  };
  useScanner(onCode);

  const onEnter = () => {
    if (!shop || query.trim() === '') return;
    const typed = readTyped(query);
    const product = resolve(shop.catalogue, typed);
    if (product) sell(product, typed.quantity);
    else if (typed.isCode) setAsked({ kind: 'unknown', code: typed.text });
    else return;
    setQuery('');
  };

  const remove = (key: string | undefined) => {
    const at = ticket.lines.findIndex((line) => line.key === key);
    const line = ticket.lines[at];
    if (!line || paying) return;
    till.changeTicket((before) => removeLine(before, line.key));
    toast(t('removed', { name: line.name }), {
      undo: () => {
        till.changeTicket((before) => restoreLine(before, line, at));
      },
    });
  };

  const selectedLine = ticket.lines.find((line) => line.key === ticket.selected);
  const focusLine = () => {
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>('[data-line][aria-current="true"]')?.focus();
    });
  };
  const focusSearch = useCallback(() => {
    search.current?.focus();
    search.current?.select();
  }, []);

  const hold = () => {
    if (ticket.lines.length === 0) {
      if (state.held.length > 0) setAsked({ kind: 'held' });
      return;
    }
    void till.holdTicket().then(() => {
      toast(t('held_done'));
      focusSearch();
    });
  };

  const typeQuantity = (digit: string) => {
    if (!selectedLine) return;
    const now = Date.now();
    const text = now - digits.current.at < 1200 ? digits.current.text + digit : digit;
    digits.current = { text, at: now };
    const quantity = Number(text.replace(',', '.'));
    if (quantity > 0)
      till.changeTicket((before) => setQuantity(before, selectedLine.key, quantity));
  };

  const newSale = () => {
    till.forgetDone();
    requestAnimationFrame(focusSearch);
  };

  useTillKeys({
    rest: asked !== undefined || layer !== undefined || camera,
    phase,
    onSearch: focusSearch,
    onMove: (by) => {
      if (paying) till.changePaying((before) => moveChoice(before, by));
      else {
        till.changeTicket((before) => moveSelection(before, by));
        focusLine();
      }
    },
    onStep: (by) => {
      if (selectedLine) till.changeTicket((before) => stepQuantity(before, selectedLine.key, by));
    },
    onDigit: typeQuantity,
    onRemove: () => {
      remove(ticket.selected);
    },
    onCancel: () => {
      if (ticket.lines.length > 0) setAsked({ kind: 'cancel' });
    },
    onDiscount: () => {
      if (selectedLine && may('changePrices')) setAsked({ kind: 'discount', line: selectedLine });
    },
    onHold: hold,
    onPay: till.beginPaying,
    onEscape: () => {
      if (paying) {
        till.stopPaying();
        requestAnimationFrame(focusSearch);
      } else if (query !== '') setQuery('');
      else if (tray || choosing) closeTray();
      else focusSearch();
    },
    onLetter: (letter) => shop !== undefined && pay.byLetter(shop, letter),
    onNextNote: () => {
      till.changePaying(nextNote);
    },
    onNext: pay.deeds.onNext,
    onNew: newSale,
    onPrint: () => {
      if (done && shop) printReceipt(receiptOfEntry(done, shop.settings));
    },
  });

  useEffect(() => {
    if (shop && !coarse) search.current?.focus({ preventScroll: true });
    // Only when the shop has come: later the focus is where somebody put it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shop === undefined]);

  const refusedAt = state.refused?.at;
  useEffect(() => {
    if (refusedAt && !coarse) focusSearch();
  }, [refusedAt, coarse, focusSearch]);

  const deeds = {
    onSelect: (key: string) => {
      if (!paying)
        till.changeTicket((before) => select(before, before.selected === key ? undefined : key));
    },
    onQuantity: (key: string, quantity: number) => {
      till.changeTicket((before) => setQuantity(before, key, quantity));
    },
    onRemove: remove,
    ...(may('changePrices') && {
      onDiscount: (line: (typeof ticket.lines)[number]) => {
        setAsked({ kind: 'discount', line });
      },
      onPrice: (line: (typeof ticket.lines)[number]) => {
        setAsked({ kind: 'price', line });
      },
    }),
  };

  if (!shop) {
    return (
      <div className={styles['message']}>
        <PageTitle title={t('title')} hidden />
        {state.failed ? (
          <ErrorState error={state.failed} onRetry={() => void till.refreshShop()} />
        ) : (
          <p role="status">{t('loading')}</p>
        )}
      </div>
    );
  }

  const view = paying && viewOf(paying);
  const action =
    paying && view ? (
      <PayMoneyButton
        paying={paying}
        view={view}
        submitting={state.submitting}
        onNext={pay.deeds.onNext}
      />
    ) : (
      <PayButton disabled={ticket.lines.length === 0} onPay={till.beginPaying} />
    );
  const onName = may('changeCatalogue')
    ? () => {
        setAsked({ kind: 'name' });
      }
    : undefined;
  const panel = {
    state,
    shop,
    totals,
    deeds,
    action,
    onHeld: () => {
      if (state.held.length > 0) setAsked({ kind: 'held' });
      else hold();
    },
    onName,
    notice: state.refused ? (
      <RefusedNotice refusal={state.refused} ticket={ticket} />
    ) : (
      state.twin && !paying && <TwinNotice name={state.twin} onName={onName} />
    ),
  };

  return (
    <div className={styles['till']}>
      <PageTitle title={t('title')} hidden />
      <OfflineBar syncedAt={shop.syncedAt} />
      <div className={cx(styles['left'])}>
        {paying ? (
          <PayPane
            paying={paying}
            shop={shop}
            submitting={state.submitting}
            deeds={pay.deeds}
            onBack={till.stopPaying}
          />
        ) : tray ? (
          <TrayPane onBack={closeTray} />
        ) : choosing ? (
          <Suspense>
            <FavouritesPane shop={shop} onBack={closeTray} />
          </Suspense>
        ) : (
          <>
            <SearchBar
              value={query}
              placeholder={done ? t('search_next') : t('search_hint')}
              inputRef={search}
              onChange={setQuery}
              onEnter={onEnter}
              onCamera={() => {
                setCamera(true);
              }}
            />
            {done && <DonePane entry={done} />}
            <Shelves
              shop={shop}
              query={query}
              quantityOf={(id) => quantityOf(ticket, id)}
              onPress={sell}
              onClear={() => {
                setQuery('');
              }}
              onChoose={
                mayChoose
                  ? () => {
                      go('/caisse?favoris');
                    }
                  : undefined
              }
            />
          </>
        )}
        <KeyHints keys={words.hints} />
      </div>
      {done && !paying ? (
        <DoneReceipt
          entry={done}
          shop={shop}
          held={state.held.length}
          onHeld={panel.onHeld}
          onNew={newSale}
        />
      ) : (
        <>{phone ? !paying && <TicketSheet {...panel} /> : <TicketPanel {...panel} />}</>
      )}
      <TillDialogs
        asked={asked}
        state={state}
        shop={shop}
        onClose={() => {
          setAsked(undefined);
          if (!coarse) requestAnimationFrame(focusSearch);
        }}
      />
      {camera && (
        <CameraDialog
          onClose={() => {
            setCamera(false);
          }}
          onCode={(code) => {
            setCamera(false);
            onCode([code]);
          }}
        />
      )}
    </div>
  );
}
