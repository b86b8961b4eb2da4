import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { settingsQuery } from '@/api/queries';
import { Page, PageHeader, Section } from '@/ui/page';
import { ErrorState, Refreshing, Skeleton } from '@/ui/states';
import { RatePanel } from './parts/RatePanel';
import { SettingsTabs } from './parts/SettingsTabs';
import { MoneyRows, RestockRows, ShopRows } from './parts/ShopRows';
import styles from './settings.module.css';

export default function ShopPage() {
  const { t } = useTranslation('settings');
  const { data, error, isFetching, refetch } = useQuery(settingsQuery);
  return (
    <Page>
      <PageHeader title={t('title')}>
        <SettingsTabs current="shop" />
        <Refreshing active={isFetching && data !== undefined} />
      </PageHeader>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <div className={styles['columns']}>
          <div>
            {data ? (
              <>
                <ShopRows settings={data} />
                <MoneyRows settings={data} />
                <RestockRows settings={data} />
              </>
            ) : (
              [t('shop'), t('money'), t('restock')].map((title) => (
                <Section key={title} title={title}>
                  <Skeleton rows={4} widths={[30, 50, 20]} />
                </Section>
              ))
            )}
          </div>
          <div>
            {data ? (
              <RatePanel settings={data} />
            ) : (
              <Section title={t('rate')}>
                <Skeleton rows={8} widths={[60, 40]} />
              </Section>
            )}
          </div>
        </div>
      )}
    </Page>
  );
}
