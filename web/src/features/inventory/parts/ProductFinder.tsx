import { IconScan, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { keepTogether } from '@/format/names';
import { formatWithUnit } from '@/format/quantity';
import { canReadCodes } from '@/scanner/camera';
import { CameraDialog } from '@/scanner/CameraDialog';
import { useScanner } from '@/scanner/useScanner';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/toasts';
import styles from '../inventory.module.css';

type Product = Schemas['Product'];

/**
 * Brings products into a document: by the scanner wherever the focus is, by the camera, or by name with
 * the arrows and Enter.
 */
export function ProductFinder({ onPick }: { onPick: (product: Product) => void }) {
  const { t } = useTranslation('inventory');
  const id = useId();
  const [q, setQ] = useState('');
  const [at, setAt] = useState(0);
  const [camera, setCamera] = useState(false);
  const text = q.trim();
  const { data: found } = useQuery({
    queryKey: ['products', 'finder', text],
    queryFn: async ({ signal }) => {
      const query = { q: text, limit: 8 };
      return (await ok(api.GET('/api/v1/products', { params: { query }, signal }))).items;
    },
    enabled: text.length > 1,
    placeholderData: (before) => (text.length > 1 ? before : undefined),
  });
  const hits = text.length > 1 ? (found ?? []) : [];
  const chosen = Math.min(at, Math.max(0, hits.length - 1));
  const pick = (product: Product | undefined) => {
    if (!product) return;
    setQ('');
    setAt(0);
    onPick(product);
  };
  const byCode = async (ways: readonly string[]) => {
    try {
      for (const barcode of ways) {
        const query = { barcode, limit: 1 };
        const page = await ok(api.GET('/api/v1/products', { params: { query } }));
        if (page.items[0]) {
          pick(page.items[0]);
          return;
        }
      }
      toast(t('unknown_code', { code: ways[0] ?? '' }), { bad: true });
    } catch (error) {
      toast(problemSentence(asProblem(error)), { bad: true });
    }
  };
  useScanner((ways) => void byCode(ways));
  return (
    <div className={styles['finder']}>
      <div className={styles['finderBox']}>
        <IconSearch size={18} stroke={1.7} aria-hidden />
        <input
          role="combobox"
          aria-label={t('find')}
          aria-expanded={hits.length > 0}
          aria-controls={`${id}-hits`}
          aria-activedescendant={hits[chosen] && `${id}-${chosen}`}
          aria-autocomplete="list"
          autoComplete="off"
          placeholder={t('find')}
          value={q}
          onChange={(event) => {
            setQ(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, hits.length - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
            else if (event.key === 'Escape' && q !== '') setQ('');
            else if (event.key === 'Enter') {
              if (/^\d{6,}$/.test(text) && hits.length === 0) void byCode([text]);
              else pick(hits[chosen]);
            } else return;
            event.preventDefault();
          }}
        />
        {canReadCodes() && (
          <Button
            look="bare"
            aria-label={t('camera')}
            onClick={() => {
              setCamera(true);
            }}
          >
            <IconScan size={20} stroke={1.7} aria-hidden />
          </Button>
        )}
      </div>
      <div id={`${id}-hits`} role="listbox" aria-label={t('find')} className={styles['hits']}>
        {hits.map((product, index) => (
          // The keys are those of the field above; a pointer may choose as well.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div
            key={product.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={styles['hit']}
            onClick={() => {
              pick(product);
            }}
          >
            <span>{keepTogether(product.name)}</span>
            <small>
              {t('in_stock', { quantity: formatWithUnit(product.on_hand, product.unit) })}
            </small>
          </div>
        ))}
      </div>
      {camera && (
        <CameraDialog
          onClose={() => {
            setCamera(false);
          }}
          onCode={(code) => {
            setCamera(false);
            void byCode([code]);
          }}
        />
      )}
    </div>
  );
}
