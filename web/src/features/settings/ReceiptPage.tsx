import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { settingsQuery } from '@/api/queries';
import { asProblem } from '@/api/problem';
import { receiptOfSale } from '@/receipt/model';
import { ReceiptSlip } from '@/receipt';
import { AreaField } from '@/ui/AreaField';
import { Button } from '@/ui/Button';
import { Segments } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Page, PageHeader, Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { SettingsTabs } from './parts/SettingsTabs';
import { lastSaleQuery, useChangeSettings, type Settings } from './queries';
import styles from './settings.module.css';

export default function ReceiptPage() {
  const { t } = useTranslation('settings');
  const { data, error, refetch } = useQuery(settingsQuery);
  return (
    <Page>
      <PageHeader title={t('title')}>
        <SettingsTabs current="receipt" />
      </PageHeader>
      {data ? (
        <ReceiptForm settings={data} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Section title={t('receipt')}>
          <Skeleton rows={6} widths={[100]} />
        </Section>
      )}
    </Page>
  );
}

function ReceiptForm({ settings }: { settings: Settings }) {
  const { t } = useTranslation('settings');
  const [header, setHeader] = useState(settings.receipt_header);
  const [footer, setFooter] = useState(settings.receipt_footer);
  const errors = useFieldErrors(['receipt_header', 'receipt_footer']);
  const save = useChangeSettings();
  const isChanged = header !== settings.receipt_header || footer !== settings.receipt_footer;
  const submit = () => {
    if (!isChanged || save.isPending) return;
    errors.clear();
    save.mutate(
      {
        version: settings.version,
        change: { receipt_header: header.trim(), receipt_footer: footer.trim() },
      },
      {
        onSuccess: (saved) => {
          setHeader(saved.receipt_header);
          setFooter(saved.receipt_footer);
          toast(t('saved'));
        },
        onError: errors.take,
      },
    );
  };
  return (
    <div className={styles['columns']}>
      <Section title={t('receipt')} note={isChanged ? t('unsaved') : undefined}>
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          {errors.rest && (
            <Notice
              alert
              title={
                save.error && asProblem(save.error).status === 412
                  ? t('changed_elsewhere')
                  : errors.rest
              }
            />
          )}
          <AreaField
            label={t('header')}
            hint={t('header_hint')}
            rows={4}
            maxLength={500}
            error={errors.at('receipt_header')}
            value={header}
            onChange={(event) => {
              setHeader(event.target.value);
            }}
          />
          <AreaField
            label={t('footer')}
            hint={t('footer_hint')}
            rows={3}
            maxLength={500}
            error={errors.at('receipt_footer')}
            value={footer}
            onChange={(event) => {
              setFooter(event.target.value);
            }}
          />
          <div>
            <Button type="submit" look="ink" disabled={!isChanged} aria-busy={save.isPending}>
              {t('save_receipt')}
            </Button>
          </div>
        </form>
      </Section>
      <Preview settings={{ ...settings, receipt_header: header, receipt_footer: footer }} />
    </div>
  );
}

/** The newest sale on the receipt as it would print. */
function Preview({ settings }: { settings: Settings }) {
  const { t } = useTranslation('settings');
  const [width, setWidth] = useState<'80' | '58'>('80');
  const { data, error, isPending, refetch } = useQuery(lastSaleQuery);
  return (
    <Section
      title={t('preview')}
      note={data ? t('preview_note') : undefined}
      action={
        <Segments
          label={t('width')}
          value={width}
          onChange={setWidth}
          options={[
            { value: '80', label: '80 mm' },
            { value: '58', label: '58 mm' },
          ]}
        />
      }
    >
      {isPending && <Skeleton rows={10} widths={[60, 40]} />}
      {error && data === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === null && <p className={styles['quiet']}>{t('preview_none')}</p>}
      {data && (
        <div className={styles['paper']}>
          <ReceiptSlip
            receipt={receiptOfSale(data, settings, data.cashier_name)}
            width={width === '80' ? 80 : 58}
          />
        </div>
      )}
    </Section>
  );
}
