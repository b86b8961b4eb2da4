import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { categoriesQuery } from '@/api/queries';
import { setBusy } from '@/app/version';
import { useMay } from '@/auth/useSession';
import { formatMoney } from '@/format/money';
import { formatPercent } from '@/format/quantity';
import { useScanner } from '@/scanner/useScanner';
import { useShop } from '@/shop/useShop';
import { Button, ButtonLink } from '@/ui/Button';
import { TextField } from '@/ui/fields';
import { MoneyField } from '@/ui/figures';
import { Notice } from '@/ui/Notice';
import { SelectField } from '@/ui/SelectField';
import type { useFieldErrors } from '@/ui/useFieldErrors';
import { basisPoints, problemsOf, type Draft } from '../draft';
import styles from '../form.module.css';
import { marginOf } from '../margin';
import { categoryOptions } from '@/shop/categories';
import { BarcodeFields } from './BarcodeFields';

const UNITS = ['piece', 'kg', 'g', 'l', 'cl', 'ml', 'm', 'paquet', 'carton', 'sac'] as const;

const isKnown = (unit: string): unit is (typeof UNITS)[number] =>
  UNITS.some((known) => known === unit);

type Errors = ReturnType<typeof useFieldErrors>;

/** Everything that a product says of itself; the API's refusals beside their fields. */
export function ProductForm({
  draft,
  onChange,
  onSubmit,
  errors,
  busy,
  ownId,
  isNew,
  cancelTo,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  onSubmit: () => void;
  errors: Errors;
  busy: boolean;
  ownId?: string;
  isNew?: boolean;
  cancelTo: string;
}) {
  const { t } = useTranslation('products');
  const { t: common } = useTranslation();
  const may = useMay();
  const { settings } = useShop();
  const { data: categories } = useQuery(categoriesQuery);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const wrong = problemsOf(draft);
  const currency = settings?.currency ?? 'CDF';
  const set = (change: Partial<Draft>) => {
    onChange({ ...draft, ...change });
  };
  useEffect(() => {
    setBusy('product', true);
    return () => {
      setBusy('product', false);
    };
  }, []);
  useScanner((ways) => {
    const code = ways[0] ?? '';
    if (draft.barcodes.includes(code)) return;
    const free = draft.barcodes.findIndex((before) => before.trim() === '');
    set({
      barcodes:
        free < 0
          ? [...draft.barcodes, code]
          : draft.barcodes.map((before, at) => (at === free ? code : before)),
    });
  });
  /** The API's word first, then what the form sees once somebody has tried to save. */
  const errorOf = (field: keyof Draft, pointer: string): { error?: string } => {
    const refused = errors.at(pointer);
    if (refused) return { error: refused };
    const own = tried ? wrong[field] : undefined;
    return own ? { error: t(`wrong.${own}`) } : {};
  };
  const submit = () => {
    setTried(true);
    if (Object.keys(wrong).length > 0) {
      requestAnimationFrame(() => {
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      });
      return;
    }
    if (!busy) onSubmit();
  };
  const units = isKnown(draft.unit) ? UNITS : [draft.unit, ...UNITS];

  return (
    <form
      ref={form}
      noValidate
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {errors.rest && <Notice alert title={errors.rest} />}
      <fieldset className={styles['group']}>
        <legend>{t('group_what')}</legend>
        <TextField
          label={t('name')}
          {...errorOf('name', 'name')}
          maxLength={200}
          required
          autoComplete="off"
          value={draft.name}
          onChange={(event) => {
            set({ name: event.target.value });
          }}
        />
        <div className={styles['pair']}>
          <TextField
            label={t('sku')}
            hint={t('sku_hint')}
            {...errorOf('sku', 'sku')}
            maxLength={64}
            required
            autoComplete="off"
            spellCheck={false}
            value={draft.sku}
            onChange={(event) => {
              set({ sku: event.target.value });
            }}
          />
          <SelectField
            label={t('category')}
            {...(errors.at('category_id') && { error: errors.at('category_id') })}
            value={draft.categoryId}
            options={[{ value: '', label: t('no_category') }, ...categoryOptions(categories ?? [])]}
            onChange={(categoryId) => {
              set({ categoryId });
            }}
          />
        </div>
        <BarcodeFields
          codes={draft.barcodes}
          ownId={ownId}
          errorAt={(index) =>
            errors.at(`barcodes/${index}`) ?? (index === 0 ? errors.at('barcodes') : undefined)
          }
          onChange={(barcodes) => {
            set({ barcodes });
          }}
        />
      </fieldset>
      <fieldset className={styles['group']}>
        <legend>{t('group_price')}</legend>
        <div className={styles['pair']}>
          <MoneyField
            label={t(settings?.tax_mode === 'added' ? 'price_field_net' : 'price_field')}
            currency={currency}
            minor={draft.priceMinor}
            {...errorOf('priceMinor', 'price_minor')}
            onChange={(priceMinor) => {
              set({ priceMinor });
            }}
          />
          <SelectField
            label={t('unit')}
            {...errorOf('unit', 'unit')}
            value={draft.unit}
            options={units.map((unit) => ({
              value: unit,
              label: isKnown(unit) ? t(`units.${unit}`) : unit,
            }))}
            onChange={(unit) => {
              set({ unit });
            }}
          />
        </div>
        <div className={styles['pair']}>
          {may('readCosts') && (
            <MoneyField
              label={t('cost_field')}
              hint={<MarginHint draft={draft} />}
              currency={currency}
              minor={draft.costMinor}
              {...errorOf('costMinor', 'cost_minor')}
              onChange={(costMinor) => {
                set({ costMinor });
              }}
            />
          )}
          <TextField
            label={t('tax')}
            unit="%"
            {...errorOf('tax', 'tax_rate_bp')}
            inputMode="decimal"
            autoComplete="off"
            value={draft.tax}
            onChange={(event) => {
              set({ tax: event.target.value });
            }}
          />
        </div>
      </fieldset>
      <fieldset className={styles['group']}>
        <legend>{t('group_stock')}</legend>
        <div className={styles['pair']}>
          {isNew && (
            <TextField
              label={t('initial_stock')}
              hint={t('initial_stock_hint')}
              {...errorOf('initialStock', 'initial_stock')}
              inputMode="decimal"
              autoComplete="off"
              value={draft.initialStock}
              onChange={(event) => {
                set({ initialStock: event.target.value });
              }}
            />
          )}
          <TextField
            label={t('level_field')}
            hint={t('level_hint')}
            {...errorOf('level', 'reorder_level')}
            inputMode="decimal"
            autoComplete="off"
            value={draft.level}
            onChange={(event) => {
              set({ level: event.target.value });
            }}
          />
          <TextField
            label={t('lead_time')}
            hint={t('lead_time_hint', { count: settings?.lead_time_days ?? 7 })}
            {...errorOf('leadTime', 'lead_time_days')}
            inputMode="numeric"
            autoComplete="off"
            unit={common('age.days')}
            value={draft.leadTime}
            onChange={(event) => {
              set({ leadTime: event.target.value });
            }}
          />
        </div>
      </fieldset>
      <div className={styles['deeds']}>
        <Button type="submit" look="ink" aria-busy={busy}>
          {isNew ? t('create') : common('action.save')}
        </Button>
        <ButtonLink to={cancelTo}>{common('action.cancel')}</ButtonLink>
      </div>
    </form>
  );
}

/** The margin that these figures make, while they are typed. */
function MarginHint({ draft }: { draft: Draft }) {
  const { t } = useTranslation('products');
  const { settings } = useShop();
  const rate = basisPoints(draft.tax);
  if (draft.priceMinor === undefined || draft.costMinor === undefined || rate === undefined) {
    return t('cost_hint');
  }
  const { marginMinor, ratio } = marginOf(
    draft.priceMinor,
    draft.costMinor,
    rate,
    settings?.tax_mode ?? 'included',
  );
  const words = t('margin_is', {
    amount: formatMoney(marginMinor, settings?.currency ?? 'CDF'),
    share: ratio === undefined ? '–' : formatPercent(ratio),
  });
  return marginMinor < 0 ? <strong className={styles['taken']}>{words}</strong> : words;
}
