import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'wouter';
import { api, ok } from '@/api/client';
import { settingsQuery } from '@/api/queries';
import { useSession } from '@/auth/useSession';
import { entry as outboxEntry } from '@/outbox/outbox';
import {
  receiptOfEntry,
  receiptOfSale,
  ReceiptSlip,
  setPage,
  shareReceipt,
  type Receipt,
} from '@/receipt';
import { rememberedShop } from '@/shop/remembered';
import { Button } from '@/ui/Button';
import { Segments } from '@/ui/fields';
import { PageTitle } from '@/ui/page';
import { ErrorState } from '@/ui/states';
import styles from './receipt.module.css';

/** A receipt on a page of its own: as wide as the roll, nothing else on it when it prints. */
export default function ReceiptPage() {
  const { t } = useTranslation('receipt');
  const { id = '' } = useParams<{ id: string }>();
  const [search, setSearch] = useSearchParams();
  const width = search.get('papier') === '58' ? 58 : 80;
  const prints = search.has('imprimer');
  const { user } = useSession();
  const roll = useRef<HTMLDivElement>(null);
  const {
    data: receipt,
    error,
    refetch,
  } = useQuery({
    queryKey: ['receipt', id],
    queryFn: ({ client }) => readReceipt(id, () => client.fetchQuery(settingsQuery), user),
  });
  useEffect(() => (roll.current ? setPage(width, roll.current) : undefined), [receipt, width]);
  useEffect(() => {
    if (!receipt || !prints) return;
    void document.fonts.ready.then(() => {
      print();
    });
  }, [receipt, prints]);

  return (
    <main className={styles['page']} data-width={width}>
      <div className={styles['tools']}>
        <PageTitle title={t('title')} />
        <Segments
          label={t('paper')}
          value={String(width) as '80' | '58'}
          options={[
            { value: '80', label: t('width', { mm: 80 }) },
            { value: '58', label: t('width', { mm: 58 }) },
          ]}
          onChange={(papier) => {
            setSearch({ papier });
          }}
        />
        <Button
          look="ink"
          onClick={() => {
            print();
          }}
        >
          {t('print')}
        </Button>
        {receipt && <Button onClick={() => void shareReceipt(receipt)}>{t('share')}</Button>}
      </div>
      {error && (
        <ErrorState error={error} onRetry={() => void refetch()}>
          {t('not_found')}
        </ErrorState>
      )}
      {receipt && (
        <div className={styles['roll']} ref={roll}>
          <ReceiptSlip receipt={receipt} width={width} />
        </div>
      )}
    </main>
  );
}

/** From this till's own memory first, which works offline; else from the server. */
async function readReceipt(
  id: string,
  settings: () => Promise<NonNullable<ReturnType<typeof rememberedShop>>>,
  user: { id: string; name: string } | undefined,
): Promise<Receipt> {
  const own = await outboxEntry(id);
  const shop = rememberedShop();
  if (own && shop) return receiptOfEntry(own, shop);
  const [sale, asked] = await Promise.all([
    ok(api.GET('/api/v1/sales/{id}', { params: { path: { id } } })),
    settings(),
  ]);
  // The API names people by id only; who it is oneself is known.
  return receiptOfSale(sale, asked, sale.cashier_id === user?.id ? user.name : '');
}
