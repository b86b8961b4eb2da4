import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { usePeople } from '@/api/people';
import { locationsQuery, ratesQuery } from '@/api/queries';
import { useAddress } from '@/app/useAddress';
import { useMay } from '@/auth/useSession';
import { currencySign } from '@/format/money';
import { useShop } from '@/shop/useShop';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { METHODS, STATES, type SalesAddress } from '../view';

/** What of the sales is shown: each filter stands in the address. */
export function SaleFilters({ address }: { address: SalesAddress }) {
  const { t } = useTranslation('sales');
  const may = useMay();
  const { set } = useAddress();
  const { settings } = useShop();
  const { people } = usePeople();
  const { data: rates } = useQuery(ratesQuery);
  const { data: places } = useQuery(locationsQuery);
  const own = settings?.currency;
  const currencies = own ? [own, ...(rates ?? []).map(({ currency }) => currency)] : [];
  return (
    <>
      <FilterSelect
        label={t('state')}
        value={address.state}
        options={[
          { value: '', label: t('all_states') },
          ...STATES.map((value) => ({ value, label: t(`states.${value}`) })),
        ]}
        onChange={(etat) => {
          set({ etat });
        }}
      />
      <FilterSelect
        label={t('paid_by')}
        value={address.method}
        options={[
          { value: '', label: t('any_method') },
          ...METHODS.map((value) => ({ value, label: t(`methods.${value}`) })),
        ]}
        onChange={(moyen) => {
          set({ moyen });
        }}
      />
      {(currencies.length > 1 || address.currency) && (
        <FilterSelect
          label={t('currency')}
          value={address.currency}
          options={[
            { value: '', label: t('any_method') },
            ...currencies.map((value) => ({ value, label: currencySign(value) })),
          ]}
          onChange={(monnaie) => {
            set({ monnaie });
          }}
        />
      )}
      {may('readAllSales') && people.length > 1 && (
        <FilterSelect
          label={t('cashier')}
          value={address.cashier}
          options={[
            { value: '', label: t('everybody') },
            ...people.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(caisse) => {
            set({ caisse });
          }}
        />
      )}
      {may('readAllSales') && (places?.length ?? 0) > 1 && (
        <FilterSelect
          label={t('place')}
          value={address.place}
          options={[
            { value: '', label: t('all_places') },
            ...(places ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(lieu) => {
            set({ lieu });
          }}
        />
      )}
      {may('readAllSales') && (
        <FilterSelect
          label={t('arrival')}
          value={address.late ? '1' : ''}
          options={[
            { value: '', label: t('arrival_any') },
            { value: '1', label: t('arrival_late') },
          ]}
          onChange={(tard) => {
            set({ tard });
          }}
        />
      )}
      {address.product && (
        <Button
          look="link"
          onClick={() => {
            set({ article: undefined });
          }}
        >
          {t('all_products')}
        </Button>
      )}
    </>
  );
}
