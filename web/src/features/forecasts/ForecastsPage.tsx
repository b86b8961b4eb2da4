import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Page, PageHeader, Section, Tabs } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { useMedia } from '@/ui/useMedia';
import { Detail } from './Detail';
import { ZONES } from './figures';
import styles from './forecasts.module.css';
import { ForecastTable, idOf } from './ForecastTable';
import { HORIZONS, LEVELS, listQuery } from './queries';
import { Refit } from './Refit';
import { ShopTrust } from './Trust';
import { Whole } from './Whole';

/** What will sell: products in units, categories and the shop in money, with how sure that is. */
export default function ForecastsPage() {
  const { t } = useTranslation('forecasts');
  const { get, set } = useAddress();
  const { settings } = useShop();
  const currency = settings?.currency ?? 'CDF';
  const wide = useMedia('(min-width: 1024px)');
  const level = LEVELS.find((one) => one === get('niveau')) ?? 'product';
  const horizon = HORIZONS.find((days) => String(days) === get('jours')) ?? 28;
  const zone = ZONES.find((one) => String(one) === get('zone')) ?? 80;
  const list = useInfiniteQuery(listQuery(level, horizon));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const without = items.filter((item) => item.total === null).length;
  const asked = get('article');
  const href = (changes: Record<string, string>) => {
    const query = new URLSearchParams();
    const all = {
      niveau: level === 'product' ? '' : level,
      jours: horizon === 28 ? '' : String(horizon),
      zone: zone === 80 ? '' : String(zone),
      ...changes,
    };
    for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
    const text = query.toString();
    return text ? `/previsions?${text}` : '/previsions';
  };
  // Beside the list on a wide screen there is always one; the shop is the only line of its list.
  const current =
    items.find((item) => asked !== '' && idOf(item) === asked) ??
    (level === 'shop' || wide ? items.find((item) => item.total) : undefined);
  const chosen = level === 'product' ? asked || current?.product_id : undefined;
  const shared = { horizon, zone };
  const aside =
    level === 'product' ? (
      chosen ? (
        <Detail key={chosen} id={chosen} {...shared} />
      ) : items.length > 0 ? (
        <p className={styles['hint']}>{t('choose')}</p>
      ) : null
    ) : (
      <>
        {current ? (
          <Whole key={idOf(current)} item={current} currency={currency} {...shared} />
        ) : (
          items.length > 0 && <p className={styles['hint']}>{t('choose')}</p>
        )}
        <ShopTrust />
      </>
    );
  return (
    <Page>
      <PageHeader title={t('title')} actions={<Refit />}>
        <Tabs
          label={t('level')}
          tabs={LEVELS.map((one) => ({
            to: href({ niveau: one === 'product' ? '' : one }),
            label: t(`levels.${one}`),
            current: one === level,
          }))}
        />
        <Tabs
          label={t('horizon')}
          tabs={HORIZONS.map((days) => ({
            to: href({ jours: days === 28 ? '' : String(days), article: asked }),
            label: t('days', { count: days }),
            current: days === horizon,
          }))}
        />
        <FilterSelect
          label={t('zone')}
          value={String(zone)}
          options={ZONES.map((one) => ({ value: String(one), label: t(`often.z${one}`) }))}
          onChange={(next) => {
            set({ zone: next === '80' ? '' : next });
          }}
        />
      </PageHeader>
      <div className={styles['columns']}>
        <Section
          title={t(`list.${level}`)}
          note={
            list.data &&
            (without > 0
              ? t('list_note', { forecast: items.length - without, not: without })
              : list.hasNextPage
                ? t('loaded', { count: items.length })
                : t('all_forecast'))
          }
        >
          <ForecastTable
            level={level}
            items={items}
            currency={currency}
            chosen={chosen ?? (current && idOf(current))}
            hrefOf={(id) => href({ article: id })}
            {...shared}
            instead={
              list.isPending ? (
                <Skeleton rows={12} widths={[40, 15, 20, 15, 10]} />
              ) : list.error && !list.data ? (
                <ErrorState error={list.error} onRetry={() => void list.refetch()} />
              ) : items.length === 0 ? (
                <NoRecords title={t('none')}>{t('none_why')}</NoRecords>
              ) : undefined
            }
          />
          {list.hasNextPage && (
            <p className={styles['more']}>
              <Button
                look="link"
                disabled={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {t('more')}
              </Button>
            </p>
          )}
        </Section>
        <div>{aside}</div>
      </div>
    </Page>
  );
}
