import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { categoriesQuery, locationsQuery } from '@/api/queries';
import { setBusy } from '@/app/version';
import { serverNow } from '@/connection/connection';
import { categoryOptions } from '@/shop/categories';
import { Button } from '@/ui/Button';
import { Page, PageHeader } from '@/ui/page';
import { SelectField } from '@/ui/SelectField';
import { ErrorState, Skeleton } from '@/ui/states';
import styles from './count.module.css';
import { keepCount, keptCount, newCount, type Count } from './count';
import { Counting } from './parts/Counting';
import { PlaceField } from './parts/PlaceField';

/** Counting a shelf: what is scanned is kept on this machine until it is entered. */
export default function CountPage() {
  const [count, setCount] = useState<Count | undefined>(keptCount);
  // Two scans may come between two renders: each goes on from what the one before has made.
  const latest = useRef(count);
  const keep = (next: Count | undefined) => {
    latest.current = next;
    keepCount(next);
    setCount(next);
  };
  const change = (make: (before: Count) => Count) => {
    if (latest.current) keep(make(latest.current));
  };
  const open = count !== undefined && count.counted.length > 0;
  useEffect(() => {
    setBusy('inventory.count', open);
    return () => {
      setBusy('inventory.count', false);
    };
  }, [open]);
  return count ? (
    <Counting count={count} onCount={keep} onChange={change} />
  ) : (
    <Begin onCount={keep} />
  );
}

/** Where is counted, and which shelf of it. */
function Begin({ onCount }: { onCount: (count: Count) => void }) {
  const { t } = useTranslation('inventory');
  const places = useQuery(locationsQuery);
  const { data: categories } = useQuery(categoriesQuery);
  const [place, setPlace] = useState('');
  const [category, setCategory] = useState('');
  const chosen = place || (places.data?.find(({ is_default }) => is_default)?.id ?? '');
  return (
    <Page>
      <PageHeader title={t('count_title')} counts={t('count_lead')} />
      {places.isPending && <Skeleton rows={2} widths={[50, 50]} />}
      {places.error && !places.data && (
        <ErrorState error={places.error} onRetry={() => void places.refetch()} />
      )}
      {places.data && (
        <form
          className={styles['begin']}
          onSubmit={(event) => {
            event.preventDefault();
            onCount(newCount(chosen, category, serverNow()));
          }}
        >
          <PlaceField always label={t('count_place')} value={chosen} onChange={setPlace} />
          <SelectField
            label={t('count_shelf')}
            hint={t('count_shelf_hint')}
            value={category}
            options={[
              { value: '', label: t('count_everything') },
              ...categoryOptions(categories ?? []),
            ]}
            onChange={setCategory}
          />
          <div>
            <Button type="submit" look="ink">
              {t('count_begin')}
            </Button>
          </div>
        </form>
      )}
    </Page>
  );
}
