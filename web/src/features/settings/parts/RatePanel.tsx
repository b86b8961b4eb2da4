import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useAddress } from '@/app/useAddress';
import { formatMoment, formatWeekday } from '@/format/dates';
import { currencySign } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import { CURRENCIES, type Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Section } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton, useAge, useNow } from '@/ui/states';
import { rateHistoryQuery, type Rate, type Settings } from '../queries';
import styles from '../settings.module.css';
import { useCurrencyName } from '../useCurrencyName';
import { firstSide, heldRates } from '../values';
import { RateChart } from './RateChart';
import { RateForm } from './RateForm';
import { RateHistory } from './RateHistory';

const YEAR_MS = 365 * 86_400_000;

/** The rate of one currency: what holds, a new one, the year as a graph, the history. */
export function RatePanel({ settings }: { settings: Settings }) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const { get, set } = useAddress();
  const nameOf = useCurrencyName();
  const now = useNow();
  const base = settings.currency;
  const others = CURRENCIES.filter((one) => one !== base);
  const usual: Currency = base === 'USD' ? 'CDF' : 'USD';
  const currency = others.find((one) => one === get('monnaie')) ?? usual;
  const { data, error, isPending, refetch, hasNextPage, isFetching, fetchNextPage } =
    useInfiniteQuery(rateHistoryQuery(currency));
  const rates: Rate[] = data?.pages.flatMap((page) => page.items) ?? [];
  const present = rates.find((rate) => rate.in_force);
  const side = present?.rate_side ?? firstSide(base, currency);
  const [one, many] = side === 'base_per_foreign' ? [currency, base] : [base, currency];
  const words = { one: `1\u00a0${currencySign(one)}`, many: currencySign(many) };
  return (
    <>
      <Section
        title={t('rate_of', { one: nameOf(one) })}
        note={t('rate_note', words)}
        className={styles['rate']}
        action={
          <FilterSelect
            label={t('rate_currency')}
            value={currency}
            options={others.map((value) => ({ value, label: value }))}
            onChange={(monnaie) => {
              set({ monnaie: monnaie === usual ? undefined : monnaie });
            }}
          />
        }
      >
        {isPending ? (
          <Skeleton rows={2} widths={[60, 40]} />
        ) : error && !data ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <div className={styles['present']}>
            {present ? (
              <div>
                <p className={styles['hero']}>
                  {formatQuantity(present.rate_micros / 1_000_000)}{' '}
                  <small>{currencySign(many)}</small>
                </p>
                <Since rate={present} now={now} />
              </div>
            ) : (
              <NoRecords title={t('rate_none')}>{t('rate_none_why')}</NoRecords>
            )}
            <RateForm key={currency} currency={currency} base={base} present={present} />
          </div>
        )}
        <RateChart points={heldRates(rates, now - YEAR_MS, now)} to={now} />
      </Section>
      {(rates.length > 0 || isPending) && (
        <Section title={t('history')}>
          <RateHistory
            rates={rates}
            head={`${currencySign(many)} / ${words.one}`}
            instead={isPending ? <Skeleton rows={6} widths={[40, 20, 10, 15, 15]} /> : undefined}
          />
          {hasNextPage && (
            <p className={styles['more']}>
              <Button aria-busy={isFetching} onClick={() => void fetchNextPage()}>
                {common('action.more')}
              </Button>
            </p>
          )}
          <p className={styles['quiet']}>{t('history_note')}</p>
        </Section>
      )}
    </>
  );
}

function Since({ rate, now }: { rate: Rate; now: number }) {
  const { t } = useTranslation('settings');
  const age = useAge();
  const time = formatMoment(rate.valid_from).split(' ').at(-1) ?? '';
  return (
    <p className={styles['quiet']}>
      {t('rate_since', {
        date: `${formatWeekday(rate.valid_from)} ${time}`,
        age: age(now - Date.parse(rate.valid_from)),
      })}
    </p>
  );
}
