import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { api, ok } from '@/api/client';
import { useMay } from '@/auth/useSession';
import { formatMoney } from '@/format/money';
import { foldText } from '@/format/fold';
import { changeLanguage, currentLanguage } from '@/i18n';
import { Dialog } from '@/ui/Dialog';
import { useAppearance } from '../appearance';
import { pagesOf } from '../routes';
import styles from './layers.module.css';
import { closeLayer } from './layers';

interface Entry {
  id: string;
  group: 'pages' | 'products' | 'actions';
  words: string;
  note?: string;
  run: () => void;
}

/** Everything by its name: pages, products, actions. Arrows choose, Enter goes. */
export default function Palette() {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const entries = useEntries(query);
  const chosen = Math.min(at, Math.max(0, entries.length - 1));
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    closeLayer();
    entry.run();
  };
  return (
    <Dialog title={t('palette.title')} opened onClose={closeLayer} size={560}>
      <input
        className={styles['input']}
        role="combobox"
        aria-label={t('palette.title')}
        aria-expanded={entries.length > 0}
        aria-controls="palette-results"
        aria-activedescendant={entries[chosen]?.id}
        placeholder={t('palette.placeholder')}
        value={query}
        data-autofocus
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, entries.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
          else if (event.key === 'Enter') run(entries[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <div
        id="palette-results"
        role="listbox"
        aria-label={t('palette.title')}
        className={styles['results']}
      >
        {entries.map((entry, index) => (
          // The keys are those of the field above; a pointer may choose as well.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div
            key={entry.id}
            id={entry.id}
            role="option"
            aria-selected={index === chosen}
            className={styles['option']}
            onClick={() => {
              run(entry);
            }}
          >
            <span>{entry.words}</span>
            <small>{entry.note ?? t(`palette.${entry.group}`)}</small>
          </div>
        ))}
      </div>
      {entries.length === 0 && (
        <p className={styles['none']} role="status">
          {t('palette.none', { q: query })}
        </p>
      )}
    </Dialog>
  );
}

function useEntries(query: string): Entry[] {
  const { t } = useTranslation();
  const may = useMay();
  const [, go] = useLocation();
  const [, setAppearance] = useAppearance();
  const q = query.trim();
  const { data: products } = useQuery({
    queryKey: ['products', 'palette', q],
    queryFn: async ({ signal }) => {
      const answer = await ok(
        api.GET('/api/v1/products', { params: { query: { q, limit: 6 } }, signal }),
      );
      return answer.items;
    },
    enabled: q.length > 1,
    placeholderData: (before) => before,
  });
  const pages: Entry[] = pagesOf(may).map((route) => ({
    id: `page-${route.name}`,
    group: 'pages',
    words: t(`nav.${route.name}`),
    run: () => {
      go(route.path);
    },
  }));
  const actions: Entry[] = [
    {
      id: 'to-language',
      group: 'actions',
      words: t('palette.to_language'),
      run: () => void changeLanguage(currentLanguage() === 'fr' ? 'en' : 'fr'),
    },
    {
      id: 'to-light',
      group: 'actions',
      words: t('palette.to_theme_light'),
      run: () => {
        setAppearance('light');
      },
    },
    {
      id: 'to-dark',
      group: 'actions',
      words: t('palette.to_theme_dark'),
      run: () => {
        setAppearance('dark');
      },
    },
  ];
  const wanted = foldText(q);
  const matches = (entry: Entry) => foldText(entry.words).includes(wanted);
  const goods: Entry[] =
    q.length > 1
      ? (products ?? []).map((product) => ({
          id: `product-${product.id}`,
          group: 'products',
          words: product.name,
          note: formatMoney(product.price_minor, product.currency),
          run: () => {
            go(`/produits/${product.id}`);
          },
        }))
      : [];
  return [...pages.filter(matches), ...goods, ...actions.filter(matches)];
}
