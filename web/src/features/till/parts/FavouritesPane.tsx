import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { asProblem, fieldSentence, problemSentence, type Problem } from '@/api/problem';
import { Button } from '@/ui/Button';
import { TextField } from '@/ui/fields';
import { Kbd } from '@/ui/Kbd';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { search, type TillProduct } from '../core/catalogue';
import { MOST_FAVOURITES, moved } from '../core/favourites';
import type { TillShop } from '../state/shop';
import { showChosen } from '../state/store';
import done from '../done.module.css';
import pay from '../pay.module.css';
import styles from './favourites.module.css';

/** What every till of the shop shows first, in its order: in the tiles' place, the ticket stays usable. */
export default function FavouritesPane({ shop, onBack }: { shop: TillShop; onBack: () => void }) {
  const { t } = useTranslation('till');
  const { t: common } = useTranslation();
  const { catalogue } = shop;
  const [ids, setIds] = useState<readonly string[]>(shop.chosen ?? []);
  const [query, setQuery] = useState('');
  const [refusal, setRefusal] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const products = ids.flatMap((id) => catalogue.byId.get(id) ?? []);
  const hits = search(catalogue, query, 8).filter(({ id }) => !ids.includes(id));
  const add = (product: TillProduct | undefined) => {
    if (!product || ids.length >= MOST_FAVOURITES) return;
    setIds([...ids, product.id]);
    setQuery('');
  };
  const save = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const body = { product_ids: products.map(({ id }) => id) };
      showChosen((await ok(api.PUT('/api/v1/favourites', { body }))).product_ids);
      toast(t('favourites_saved'));
      onBack();
    } catch (error) {
      setRefusal(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={done['tray']} role="region" aria-label={t('favourites')}>
      <div className={done['trayHead']}>
        <h2>{t('favourites')}</h2>
        <button type="button" className={pay['back']} onClick={onBack}>
          <span>{t('tray_back')}</span>
          <Kbd>{common('key.escape')}</Kbd>
        </button>
      </div>
      {refusal && (
        <Notice alert title={problemSentence(refusal)}>
          {refusal.errors.map(fieldSentence).join(' ')}
        </Notice>
      )}
      <p className={styles['why']}>{t('favourites_why')}</p>
      <TextField
        label={t('favourites_add')}
        type="search"
        autoComplete="off"
        value={query}
        disabled={ids.length >= MOST_FAVOURITES}
        hint={ids.length >= MOST_FAVOURITES ? t('favourites_full') : undefined}
        onChange={(event) => {
          setQuery(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          add(hits[0]);
        }}
      />
      {hits.length > 0 && (
        <ul className={styles['hits']} aria-label={t('search')}>
          {hits.map((product) => (
            <li key={product.id}>
              <button
                type="button"
                onClick={() => {
                  add(product);
                }}
              >
                {product.name}
              </button>
            </li>
          ))}
        </ul>
      )}
      {products.length === 0 ? (
        <p className={styles['why']}>{t('favourites_none')}</p>
      ) : (
        <ol className={styles['list']} aria-label={t('favourites')}>
          {products.map((product, at) => (
            <li key={product.id}>
              <span className={styles['name']}>{product.name}</span>
              <Button
                look="bare"
                aria-label={t('favourite_up', { name: product.name })}
                disabled={at === 0}
                onClick={() => {
                  setIds(moved(ids, product.id, -1));
                }}
              >
                <IconArrowUp size={18} stroke={1.7} aria-hidden />
              </Button>
              <Button
                look="bare"
                aria-label={t('favourite_down', { name: product.name })}
                disabled={at === products.length - 1}
                onClick={() => {
                  setIds(moved(ids, product.id, 1));
                }}
              >
                <IconArrowDown size={18} stroke={1.7} aria-hidden />
              </Button>
              <Button
                look="bare"
                aria-label={t('take_out', { tender: product.name })}
                onClick={() => {
                  setIds(ids.filter((id) => id !== product.id));
                }}
              >
                <IconX size={18} stroke={1.7} aria-hidden />
              </Button>
            </li>
          ))}
        </ol>
      )}
      <div className={done['deeds']}>
        <Button look="ink" aria-busy={busy} onClick={() => void save()}>
          {t('favourites_save')}
        </Button>
        <Button onClick={onBack}>{common('action.cancel')}</Button>
      </div>
    </div>
  );
}
