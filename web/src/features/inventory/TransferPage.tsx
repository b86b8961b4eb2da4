import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { allPages, api, ok } from '@/api/client';
import { locationsQuery } from '@/api/queries';
import { useConnection } from '@/connection/useConnection';
import { formatWithUnit } from '@/format/quantity';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section } from '@/ui/page';
import { NoRecords } from '@/ui/states';
import styles from './inventory.module.css';
import type { Line } from './lines';
import { LineList } from './parts/LineList';
import { PlaceField } from './parts/PlaceField';
import { ProductFinder } from './parts/ProductFinder';
import { useDocument } from './parts/useDocument';

const EMPTY = { from: '', to: '' };

/** Goods that change their place: out of one, into the other, in one document. */
export default function TransferPage() {
  const { t } = useTranslation('inventory');
  const { settings } = useShop();
  const { online } = useConnection();
  const { data: places } = useQuery(locationsQuery);
  const fallback = {
    from: places?.find((place) => !place.is_default && !place.archived)?.id ?? '',
    to: places?.find((place) => place.is_default)?.id ?? '',
  };
  const document = useDocument(
    'transfer',
    EMPTY,
    ['from_location_id', 'to_location_id', 'lines'],
    ({ head, lines }, header) =>
      ok(
        api.POST('/api/v1/inventory/transfers', {
          params: { header },
          body: {
            from_location_id: head.from || fallback.from,
            to_location_id: head.to || fallback.to,
            lines: lines.map((line) => ({
              product_id: line.product.id,
              quantity: line.quantity,
            })),
          },
        }),
      ),
  );
  const { head, lines, errors } = document;
  const from = head.from || fallback.from;
  const to = head.to || fallback.to;
  const { data: levels } = useQuery({
    queryKey: ['inventory', 'levels', 'place', from],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        ok(
          api.GET('/api/v1/inventory', {
            params: { query: { location_id: from, limit: 200, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    enabled: from !== '',
  });
  const here = (line: Line) =>
    levels?.find(({ product_id }) => product_id === line.product.id)?.on_hand ?? 0;
  const ready = from !== to && lines.length > 0 && lines.every(({ quantity }) => quantity > 0);
  return (
    <Page>
      <PageHeader title={t('transfer_title')} counts={t('transfer_lead')} />
      {errors.rest && <Notice alert title={errors.rest} />}
      <div className={styles['head']}>
        <PlaceField
          always
          label={t('from_place')}
          value={from}
          error={errors.at('from_location_id')}
          onChange={(id) => {
            document.setHead({ from: id, to: id === to ? from : to });
          }}
        />
        <PlaceField
          always
          label={t('into_place')}
          value={to}
          error={errors.at('to_location_id')}
          onChange={(id) => {
            document.setHead({ to: id, from: id === from ? to : from });
          }}
        />
      </div>
      <Section
        title={t('goods')}
        note={lines.length > 0 ? t('line_count', { count: lines.length }) : undefined}
      >
        <ProductFinder onPick={document.add} />
        {lines.length === 0 ? (
          <NoRecords title={t('no_lines')}>{t('no_lines_transfer')}</NoRecords>
        ) : (
          <LineList
            lines={lines}
            currency={settings?.currency ?? 'CDF'}
            noteOf={(line) =>
              t('at_source', { quantity: formatWithUnit(here(line), line.product.unit) })
            }
            errorOf={(index) => {
              const line = lines[index];
              return (
                document.errorOf(index) ??
                (levels && line && line.quantity > here(line) ? t('not_so_much') : undefined)
              );
            }}
            onChange={document.change}
            onDrop={document.drop}
          />
        )}
      </Section>
      {!online && <Notice title={t('needs_network')} />}
      <div className={styles['deeds']}>
        <Button
          look="mango"
          size="large"
          disabled={!ready || !online}
          aria-busy={document.isSending}
          onClick={document.send}
        >
          {t('transfer_confirm')}
        </Button>
      </div>
    </Page>
  );
}
