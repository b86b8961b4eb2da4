import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { locationsQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { formatDate } from '@/format/dates';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { Table, type Column } from '@/ui/Table';
import { usePhone } from '@/ui/useMedia';
import { Books } from './parts/Books';
import { PlaceDialog } from './parts/PlaceDialog';
import { SettingsTabs } from './parts/SettingsTabs';
import { useArchivePlace, type Place } from './places';
import styles from './settings.module.css';

/** Where goods are kept, and when the books of them were last proved. */
export default function PlacesPage() {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const phone = usePhone();
  const { get, set } = useAddress();
  const [asked, setAsked] = useState<Place | 'new'>();
  const { data, error, isPending, refetch } = useQuery(locationsQuery);
  const archive = useArchivePlace((place) =>
    t(place.archived ? 'place_archived' : 'place_unarchived', { name: place.name }),
  );
  const showsAll = get('lieux') === 'tous';
  const places = (data ?? []).filter((place) => showsAll || !place.archived);
  const columns: Column<Place>[] = [
    { key: 'name', head: t('place'), rowHead: true, cell: (place) => place.name },
    {
      key: 'state',
      head: t('state'),
      quiet: true,
      cell: (place) =>
        place.archived ? t('archived') : place.is_default ? t('place_default') : t('place_open'),
    },
    { key: 'since', head: t('since'), quiet: true, cell: (place) => formatDate(place.created_at) },
    {
      key: 'deeds',
      head: <span className="visually-hidden">{common('action.edit')}</span>,
      figure: true,
      cell: (place) => (
        <span className={styles['deeds']}>
          <Button
            look="link"
            aria-label={`${t('rename')} ${place.name}`}
            onClick={() => {
              setAsked(place);
            }}
          >
            {t('rename')}
          </Button>
          {!place.is_default && (
            <Button
              look="link"
              aria-label={`${t(place.archived ? 'unarchive' : 'archive')} ${place.name}`}
              disabled={archive.isPending}
              onClick={() => {
                archive.mutate(place);
              }}
            >
              {t(place.archived ? 'unarchive' : 'archive')}
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <Page>
      <PageHeader
        title={t('title')}
        actions={
          <Button
            look="ink"
            onClick={() => {
              setAsked('new');
            }}
          >
            <IconPlus size={18} stroke={1.7} aria-hidden />
            {t('place_new')}
          </Button>
        }
      >
        <SettingsTabs current="places" />
      </PageHeader>
      <Section
        title={t('places')}
        note={t('places_note')}
        action={
          data?.some((place) => place.archived) && (
            <FilterSelect
              label={t('shown')}
              value={showsAll ? 'tous' : ''}
              options={[
                { value: '', label: t('show_open') },
                { value: 'tous', label: t('show_all') },
              ]}
              onChange={(lieux) => {
                set({ lieux });
              }}
            />
          )
        }
      >
        <Table<Place>
          caption={t('places')}
          rows={places}
          rowKey={({ id }) => id}
          columns={columns.filter(({ key }) => !phone || key !== 'since')}
          instead={
            isPending ? (
              <Skeleton rows={2} widths={[40, 20, 20, 20]} />
            ) : error && !data ? (
              <ErrorState error={error} onRetry={() => void refetch()} />
            ) : undefined
          }
        />
      </Section>
      <Books />
      {asked && (
        <PlaceDialog
          place={asked === 'new' ? undefined : asked}
          onClose={() => {
            setAsked(undefined);
          }}
        />
      )}
    </Page>
  );
}
