import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { accountsQuery, ratesQuery } from '@/api/queries';
import { currencySign, formatMoney } from '@/format/money';
import { formatQuantity } from '@/format/quantity';
import { useCurrencyName } from '../useCurrencyName';
import { CURRENCIES } from '@/money/currencies';
import { AreaField } from '@/ui/AreaField';
import { TextField } from '@/ui/fields';
import { MoneyField } from '@/ui/figures';
import { Section } from '@/ui/page';
import { SelectField } from '@/ui/SelectField';
import type { Settings } from '../queries';
import styles from '../settings.module.css';
import { serviceOf, wholeOf } from '../values';
import { zones } from '../zones';
import { SettingRow } from './SettingRow';

const LOCALES = ['fr-CD', 'fr', 'fr-FR', 'en', 'en-US'] as const;
const TAX_MODES = ['included', 'added'] as const;

/** What the shop is called, where it is, and in which language its papers are. */
export function ShopRows({ settings }: { settings: Settings }) {
  const { t } = useTranslation('settings');
  const isLocale = (value: string): value is (typeof LOCALES)[number] =>
    (LOCALES as readonly string[]).includes(value);
  return (
    <Section title={t('shop')}>
      <dl className={styles['rows']}>
        <SettingRow
          label={t('name')}
          value={settings.name}
          hint={t('name_hint')}
          settings={settings}
          change={{
            field: 'name',
            start: settings.name,
            read: (name) => ({ name: name.trim() }),
            edit: ({ value, onChange, error }) => (
              <TextField
                label={t('name')}
                hideLabel
                required
                maxLength={100}
                value={value}
                error={error}
                onChange={(event) => {
                  onChange(event.target.value);
                }}
              />
            ),
          }}
        />
        <SettingRow
          label={t('address')}
          value={settings.address}
          hint={settings.address ? undefined : t('none')}
          settings={settings}
          change={{
            field: 'address',
            start: settings.address,
            read: (address) => ({ address: address.trim() }),
            edit: ({ value, onChange, error }) => (
              <AreaField
                label={t('address')}
                hideLabel
                rows={3}
                maxLength={300}
                value={value}
                {...(error && { error })}
                onChange={(event) => {
                  onChange(event.target.value);
                }}
              />
            ),
          }}
        />
        {(
          [
            ['telephone', 100, 'tel'],
            ['tax_number', 50, 'text'],
            ['trade_register_number', 50, 'text'],
          ] as const
        ).map(([field, maxLength, type]) => (
          <SettingRow
            key={field}
            label={t(field)}
            value={settings[field]}
            hint={settings[field] ? undefined : t('none')}
            settings={settings}
            change={{
              field,
              start: settings[field],
              read: (text) => ({ [field]: text.trim() }),
              edit: ({ value, onChange, error }) => (
                <TextField
                  label={t(field)}
                  hideLabel
                  type={type}
                  maxLength={maxLength}
                  value={value}
                  error={error}
                  onChange={(event) => {
                    onChange(event.target.value);
                  }}
                />
              ),
            }}
          />
        ))}
        <SettingRow
          label={t('locale')}
          value={isLocale(settings.locale) ? t(`locales.${settings.locale}`) : settings.locale}
          hint={t('locale_hint')}
          settings={settings}
          change={{
            field: 'locale',
            start: settings.locale,
            read: (locale) => (isLocale(locale) ? { locale } : undefined),
            edit: ({ value, onChange, error }) => (
              <SelectField
                label={t('locale')}
                hideLabel
                value={value}
                error={error}
                options={LOCALES.map((one) => ({ value: one, label: t(`locales.${one}`) }))}
                onChange={onChange}
              />
            ),
          }}
        />
        <SettingRow
          label={t('zone')}
          value={settings.time_zone}
          hint={t('zone_hint')}
          settings={settings}
          change={{
            field: 'time_zone',
            start: settings.time_zone,
            read: (time_zone) => ({ time_zone }),
            edit: ({ value, onChange, error }) => (
              <SelectField
                label={t('zone')}
                hideLabel
                value={value}
                error={error}
                options={zones(settings.time_zone).map((zone) => ({ value: zone, label: zone }))}
                onChange={onChange}
              />
            ),
          }}
        />
      </dl>
    </Section>
  );
}

/** The currencies, the tax in the prices, the rounding, how one can pay. */
export function MoneyRows({ settings }: { settings: Settings }) {
  const { t } = useTranslation('settings');
  const nameOf = useCurrencyName();
  const { data: rates } = useQuery(ratesQuery);
  const { data: accounts } = useQuery(accountsQuery);
  const accepted = [settings.currency, ...(rates ?? []).map((rate) => rate.currency)];
  const methods = [
    t('cash'),
    ...(accounts ?? []).filter((account) => !account.archived).map((account) => account.name),
  ];
  return (
    <Section title={t('money')}>
      <dl className={styles['rows']}>
        <SettingRow
          label={t('currency')}
          value={`${nameOf(settings.currency)} (${currencySign(settings.currency)})`}
          hint={t('currency_hint')}
          settings={settings}
          change={{
            field: 'currency',
            start: settings.currency,
            read: (currency) => ({ currency }),
            edit: ({ value, onChange, error }) => (
              <SelectField
                label={t('currency')}
                hideLabel
                value={value}
                hint={t('currency_change')}
                error={error}
                options={CURRENCIES.map((one) => ({
                  value: one,
                  label: `${nameOf(one)} (${one})`,
                }))}
                onChange={(next) => {
                  onChange(next as Settings['currency']);
                }}
              />
            ),
          }}
        />
        <SettingRow
          label={t('prices')}
          value={t(`tax_mode.${settings.tax_mode}`)}
          hint={t('tax_hint')}
          settings={settings}
          change={{
            field: 'tax_mode',
            start: settings.tax_mode,
            read: (tax_mode) => ({ tax_mode }),
            edit: ({ value, onChange, error }) => (
              <SelectField
                label={t('prices')}
                hideLabel
                value={value}
                error={error}
                options={TAX_MODES.map((mode) => ({
                  value: mode,
                  label: t(`tax_mode_long.${mode}`),
                }))}
                onChange={(next) => {
                  onChange(next as Settings['tax_mode']);
                }}
              />
            ),
          }}
        />
        <SettingRow
          label={t('cash_step')}
          value={formatMoney(settings.cash_step_minor, settings.currency)}
          hint={t('cash_step_hint')}
          settings={settings}
          change={{
            field: 'cash_step_minor',
            start: settings.cash_step_minor as number | undefined,
            read: (minor) => (minor === undefined ? undefined : { cash_step_minor: minor }),
            edit: ({ value, onChange, error }) => (
              <MoneyField
                label={t('cash_step')}
                hideLabel
                minor={value}
                currency={settings.currency}
                onChange={onChange}
                {...(error && { error })}
              />
            ),
          }}
        />
        <SettingRow
          label={t('currencies')}
          value={accepted.map(currencySign).join(', ')}
          hint={t('currencies_hint')}
          settings={settings}
        />
        <SettingRow
          label={t('methods')}
          value={methods.join(', ')}
          settings={settings}
          action={<Link href="/parametres/paiement">{t('methods_see')}</Link>}
        />
      </dl>
    </Section>
  );
}

/** How long a delivery takes and how sure one wants to be, for products without their own. */
export function RestockRows({ settings }: { settings: Settings }) {
  const { t } = useTranslation('settings');
  const times = formatQuantity(settings.service_level_bp / 100);
  return (
    <Section title={t('restock')}>
      <dl className={styles['rows']}>
        <SettingRow
          label={t('lead_time')}
          value={t('days', { count: settings.lead_time_days })}
          hint={t('lead_time_hint')}
          settings={settings}
          change={{
            field: 'lead_time_days',
            start: String(settings.lead_time_days),
            read: (text) => {
              const days = wholeOf(text, 1, 180);
              return days === undefined ? undefined : { lead_time_days: days };
            },
            wrong: t('whole', { min: 1, max: 180 }),
            edit: ({ value, onChange, error }) => (
              <TextField
                label={t('lead_time')}
                hideLabel
                inputMode="numeric"
                unit={t('days_unit')}
                value={value}
                error={error}
                onChange={(event) => {
                  onChange(event.target.value);
                }}
              />
            ),
          }}
        />
        <SettingRow
          label={t('service')}
          value={t('service_value', { times })}
          hint={t('service_hint')}
          settings={settings}
          change={{
            field: 'service_level_bp',
            start: times,
            read: (text) => {
              const bp = serviceOf(text);
              return bp === undefined ? undefined : { service_level_bp: bp };
            },
            wrong: t('service_wrong'),
            edit: ({ value, onChange, error }) => (
              <TextField
                label={t('service')}
                hideLabel
                inputMode="decimal"
                unit={t('service_unit')}
                value={value}
                error={error}
                onChange={(event) => {
                  onChange(event.target.value);
                }}
              />
            ),
          }}
        />
      </dl>
    </Section>
  );
}
