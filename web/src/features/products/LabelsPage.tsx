import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useAddress } from '@/app/useAddress';
import { keepTogether } from '@/format/names';
import { formatMoney } from '@/format/money';
import { unitSign } from '@/format/quantity';
import { useScanner } from '@/scanner/useScanner';
import { Button } from '@/ui/Button';
import { QuantityField } from '@/ui/figures';
import { Page, PageHeader } from '@/ui/page';
import { SearchField } from '@/ui/SearchField';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import styles from './labels.module.css';
import { symbolOf } from './symbol';
import type { Product } from './queries';

const MOST = 100;

/** Price labels on an A4 sheet, three across: chosen in the list, scanned, or found by name. */
export default function LabelsPage() {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const { get, set } = useAddress();
  const [copies, setCopies] = useState<ReadonlyMap<string, number>>(new Map());
  const [q, setQ] = useState('');
  const ids = get('articles').split(',').filter(Boolean).slice(0, MOST);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['products', 'labels', ids],
    queryFn: ({ signal }) =>
      Promise.all(
        ids.map((id) => ok(api.GET('/api/v1/products/{id}', { params: { path: { id } }, signal }))),
      ),
    placeholderData: (before) => before,
  });
  const { data: found } = useQuery({
    queryKey: ['products', 'labels', 'search', q],
    queryFn: async ({ signal }) => {
      const query = { q, limit: 6, archived: false };
      return (await ok(api.GET('/api/v1/products', { params: { query }, signal }))).items;
    },
    enabled: q.length > 1,
  });
  const add = (product: Product) => {
    setQ('');
    if (ids.includes(product.id)) {
      setCopies(new Map(copies).set(product.id, (copies.get(product.id) ?? 1) + 1));
    } else set({ articles: [...ids, product.id].join(',') });
  };
  useScanner((ways) => {
    const barcode = ways[0] ?? '';
    ok(api.GET('/api/v1/products', { params: { query: { barcode, limit: 1 } } })).then(
      ({ items: [product] }) => {
        if (product) add(product);
        else toast(t('no_results_q', { q: barcode }), { bad: true });
      },
      () => undefined,
    );
  });
  const products = (data ?? []).filter(({ id }) => ids.includes(id));
  const labels = products.flatMap((product) =>
    Array.from({ length: copies.get(product.id) ?? 1 }, (_, copy) => ({
      key: `${product.id}-${copy}`,
      product,
    })),
  );
  return (
    <Page>
      <div className={styles['tools']}>
        <PageHeader
          title={t('labels_title')}
          counts={labels.length > 0 && t('label_count', { count: labels.length })}
          actions={
            <Button
              look="ink"
              disabled={labels.length === 0}
              onClick={() => {
                print();
              }}
            >
              <IconPrinter size={18} stroke={1.7} aria-hidden />
              {common('action.print')}
            </Button>
          }
        />
        <div className={styles['finder']}>
          <SearchField label={t('label_add')} value={q} onChange={setQ} />
        </div>
        {q.length > 1 && found && (
          <ul className={styles['found']} aria-label={t('label_add')}>
            {found.map((product) => (
              <li key={product.id}>
                <button
                  type="button"
                  onClick={() => {
                    add(product);
                  }}
                >
                  <span>{keepTogether(product.name)}</span>
                  <span>{formatMoney(product.price_minor, product.currency)}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {ids.length > 0 && isPending && <Skeleton rows={4} widths={[60, 20, 20]} />}
        {error && <ErrorState error={error} onRetry={() => void refetch()} />}
        {ids.length === 0 && <NoRecords title={t('no_labels')}>{t('no_labels_why')}</NoRecords>}
        {products.length > 0 && (
          <ul className={styles['chosen']} aria-label={t('labels_title')}>
            {products.map((product) => (
              <li key={product.id}>
                <span>{keepTogether(product.name)}</span>
                <QuantityField
                  label={t('copies', { name: product.name })}
                  value={copies.get(product.id) ?? 1}
                  min={1}
                  onChange={(count) => {
                    setCopies(new Map(copies).set(product.id, Math.min(99, Math.floor(count))));
                  }}
                />
                <Button
                  look="link"
                  aria-label={t('label_remove', { name: product.name })}
                  onClick={() => {
                    set({ articles: ids.filter((id) => id !== product.id).join(',') });
                  }}
                >
                  {t('remove')}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </div>
      {labels.length > 0 && (
        <div className={styles['sheet']} role="group" aria-label={t('label_preview')} tabIndex={0}>
          <div className={styles['labels']}>
            {labels.map(({ key, product }) => (
              <Label key={key} product={product} />
            ))}
          </div>
        </div>
      )}
    </Page>
  );
}

/** Name, price, code: black on white, whatever the theme. */
function Label({ product }: { product: Product }) {
  const code = product.barcodes[0] ?? product.sku;
  const sign = unitSign(product.unit);
  return (
    <div className={styles['label']}>
      <p className={styles['labelName']}>{keepTogether(product.name)}</p>
      <p className={styles['labelPrice']}>
        {formatMoney(product.price_minor, product.currency)}
        {sign && <small>{` / ${sign}`}</small>}
      </p>
      <Bars code={code} />
    </div>
  );
}

/** Height of the symbol in modules: the bars, and the guard bars that reach down between the digits. */
const HEIGHT = 36;
const BAR_HEIGHT = 26;
const GUARD_HEIGHT = 31;
const DIGITS_AT = 35;

/** An EAN at its own size, which scanners know; every other code as wide as the label. */
function Bars({ code }: { code: string }) {
  const { bars, width, quiet, digits } = symbolOf(code);
  const isEan = digits.length > 0;
  const height = isEan ? HEIGHT : BAR_HEIGHT;
  return (
    <>
      <svg
        className={styles[isEan ? 'ean' : 'bars']}
        viewBox={`${-quiet[0]} 0 ${quiet[0] + width + quiet[1]} ${height}`}
        preserveAspectRatio={isEan ? 'xMinYMid' : 'none'}
        shapeRendering="crispEdges"
        role="img"
        aria-label={code}
      >
        {bars.map((bar) => (
          <rect
            key={bar.x}
            x={bar.x}
            y="0"
            width={bar.width}
            height={isEan && bar.isLong ? GUARD_HEIGHT : BAR_HEIGHT}
            fill="#000"
          />
        ))}
        {digits.map(({ x, digit }) => (
          <text key={x} x={x} y={DIGITS_AT} fontSize="9" textAnchor="middle" fill="#000">
            {digit}
          </text>
        ))}
      </svg>
      {!isEan && <p className={styles['labelCode']}>{code}</p>}
    </>
  );
}
