import { IconBarcode, IconScan } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { foldText } from '@/format/fold';
import { keepTogether } from '@/format/names';
import { canReadCodes } from '@/scanner/camera';
import { CameraDialog } from '@/scanner/CameraDialog';
import { Button } from '@/ui/Button';
import styles from '../count.module.css';
import inventory from '../inventory.module.css';
import type { Expected } from '../count';

/** Finds the next product without the network: a code and Enter, or its name. */
export function CountSearch({
  products,
  onCode,
  onPick,
}: {
  products: readonly Expected[];
  onCode: (ways: readonly string[]) => void;
  onPick: (product: Expected) => void;
}) {
  const { t } = useTranslation('inventory');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [camera, setCamera] = useState(false);
  const words = foldText(text).split(/\s+/).filter(Boolean);
  const hits =
    words.length === 0 || text.trim().length < 2
      ? []
      : products
          .filter(({ name }) => words.every((word) => foldText(name).includes(word)))
          .slice(0, 8);
  const chosen = Math.min(at, Math.max(0, hits.length - 1));
  const pick = (product: Expected | undefined) => {
    setText('');
    setAt(0);
    if (product) onPick(product);
  };
  return (
    <div className={styles['search']}>
      <div className={inventory['finder']}>
        <div className={inventory['finderBox']}>
          <IconBarcode size={20} stroke={1.7} aria-hidden />
          <input
            role="combobox"
            aria-label={t('count_scan')}
            aria-expanded={hits.length > 0}
            aria-controls="count-hits"
            aria-activedescendant={hits[chosen] && `count-hit-${chosen}`}
            aria-autocomplete="list"
            autoComplete="off"
            placeholder={t('count_scan')}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            onKeyDown={(event) => {
              if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, hits.length - 1));
              else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
              else if (event.key === 'Escape' && text !== '') setText('');
              else if (event.key === 'Enter' && text.trim() !== '') {
                if (hits.length > 0) pick(hits[chosen]);
                else {
                  onCode([text.trim()]);
                  setText('');
                }
              } else return;
              event.preventDefault();
            }}
          />
        </div>
        <div
          id="count-hits"
          role="listbox"
          aria-label={t('count_scan')}
          className={inventory['hits']}
        >
          {hits.map((product, index) => (
            // The keys are those of the field above; a pointer may choose as well.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={product.id}
              id={`count-hit-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={inventory['hit']}
              onClick={() => {
                pick(product);
              }}
            >
              {keepTogether(product.name)}
            </div>
          ))}
        </div>
      </div>
      {canReadCodes() && (
        <Button
          aria-label={t('camera')}
          onClick={() => {
            setCamera(true);
          }}
        >
          <IconScan size={22} stroke={1.7} aria-hidden />
        </Button>
      )}
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
