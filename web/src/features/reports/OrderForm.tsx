import { IconDownload, IconTableExport } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/auth/useSession';
import { currentLanguage, type Language } from '@/i18n';
import { Button } from '@/ui/Button';
import { FilterSelect } from '@/ui/marks';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { DaysChooser } from './DaysChooser';
import { daysOf, type Asked, type Kind } from './kinds';
import styles from './reports.module.css';

/** A report that was ordered; its order is not known where somebody else ordered it. */
export interface Ordered {
  id: string;
  order: { kind: Kind; from: string; to: string } | undefined;
}

/** The chosen report: its days, its language, its format; ordered as a job. */
export function OrderForm({
  kind,
  asked,
  today,
  onChange,
  onOrdered,
}: {
  kind: Kind;
  asked: Asked;
  today: string;
  onChange: (changes: Record<string, string>) => void;
  onOrdered: (ordered: Ordered) => void;
}) {
  const { t } = useTranslation('reports');
  const { t: common } = useTranslation();
  const may = useMay();
  const [language, setLanguage] = useState<Language>(currentLanguage());
  const errors = useFieldErrors([]);
  const { from, to } = daysOf(kind, asked, today);
  const order = useMutation({
    mutationFn: (format: Schemas['ReportFormat']) =>
      ok(api.POST('/api/v1/reports', { body: { kind, format, from, to, locale: language } })),
    onMutate: errors.clear,
    onSuccess: (job) => {
      toast(t('ordered'));
      onOrdered({ id: job.id, order: { kind, from, to } });
    },
    onError: errors.take,
  });
  return (
    <>
      <div className={styles['form']}>
        <DaysChooser kind={kind} asked={asked} today={today} onChange={onChange} />
        {may('createReports') && (
          <>
            <FilterSelect
              label={t('language')}
              value={language}
              options={[
                { value: 'fr', label: common('language.fr') },
                { value: 'en', label: common('language.en') },
              ]}
              onChange={(next) => {
                setLanguage(next === 'en' ? 'en' : 'fr');
              }}
            />
            <span className={styles['formats']}>
              <Button
                disabled={order.isPending}
                onClick={() => {
                  order.mutate('xlsx');
                }}
              >
                <IconTableExport size={18} stroke={1.7} aria-hidden />
                {t('order_xlsx')}
              </Button>
              <Button
                look="ink"
                disabled={order.isPending}
                onClick={() => {
                  order.mutate('pdf');
                }}
              >
                <IconDownload size={18} stroke={1.7} aria-hidden />
                {order.isPending ? t('ordering') : t('order_pdf')}
              </Button>
            </span>
          </>
        )}
      </div>
      {errors.rest && <Notice alert title={errors.rest} />}
      {!may('createReports') && <Notice title={t('only_managers')} />}
      <h3 className={styles['contains']}>{t('contains')}</h3>
      <p className={styles['content']}>{t(`content.${kind}`)}</p>
    </>
  );
}
