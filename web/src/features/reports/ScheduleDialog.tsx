import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import type { Language } from '@/i18n';
import { AreaField } from '@/ui/AreaField';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { CheckField, Segments, TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { SelectField } from '@/ui/SelectField';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { KINDS, kindOf, type Kind } from './kinds';
import styles from './reports.module.css';
import { addressesIn, cronOf, daysFor, EVERY, usualFor, type When } from './scheduling';
import { weekdayName } from './useScheduleWords';

const MOST_ADDRESSES = 10;
const DAYS_OF_MONTH = Array.from({ length: 28 }, (_, at) => at + 1);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const AT_ADDRESS = Array.from({ length: MOST_ADDRESSES }, (_, at) => `recipients/${at}`);

/** A report that is made by itself: which, about which days, when, and where it goes. */
export default function ScheduleDialog({
  first,
  canMail,
  canStore,
  onClose,
}: {
  /** The report that was chosen on the page. */
  first: Kind;
  canMail: boolean;
  canStore: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('reports');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [kind, setKind] = useState(first);
  const [period, setPeriod] = useState(usualFor(first).period);
  const [when, setWhen] = useState<When>(usualFor(first).when);
  const [format, setFormat] = useState<Schemas['ReportFormat']>('pdf');
  const [language, setLanguage] = useState<Language | ''>('');
  const [toFolder, setToFolder] = useState(canStore && !canMail);
  const [addresses, setAddresses] = useState('');
  const errors = useFieldErrors(['cron', 'period', 'recipients', ...AT_ADDRESS]);
  const cron = cronOf(when);
  const recipients = addressesIn(addresses);
  const save = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/schedules', {
          body: {
            kind,
            format,
            period,
            cron: cron ?? '',
            to_folder: toFolder,
            recipients,
            ...(language && { locale: language }),
          },
        }),
      ),
    onMutate: errors.clear,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['schedules'] });
      toast(t('schedule_saved'));
      onClose();
    },
    onError: errors.take,
  });
  const turnTo = (next: Kind) => {
    setKind(next);
    const usual = usualFor(next);
    if (!daysFor(next).includes(period)) {
      setPeriod(usual.period);
      setWhen(usual.when);
    }
  };
  const change = (part: Partial<When>) => {
    setWhen({ ...when, ...part });
  };
  const wrongAddress = errors.at('recipients') ?? AT_ADDRESS.map(errors.at).find(Boolean);
  return (
    <Dialog title={t('schedule_new')} opened onClose={onClose} size={520}>
      <form
        className={styles['schedule']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <SelectField
          label={t('report')}
          value={kind}
          data-autofocus
          options={KINDS.map((one) => ({ value: one.kind, label: t(`kind.${one.kind}`) }))}
          onChange={(next) => {
            turnTo(kindOf(next));
          }}
        />
        <div className={styles['pair']}>
          <SelectField
            label={t('period')}
            value={period}
            error={errors.at('period')}
            options={daysFor(kind).map((value) => ({ value, label: t(`days.${value}`) }))}
            onChange={(next) => {
              setPeriod(daysFor(kind).find((one) => one === next) ?? period);
            }}
          />
          <SelectField
            label={t('language')}
            value={language}
            options={[
              { value: '', label: t('language_shop') },
              { value: 'fr', label: common('language.fr') },
              { value: 'en', label: common('language.en') },
            ]}
            onChange={(next) => {
              setLanguage(next === 'fr' || next === 'en' ? next : '');
            }}
          />
        </div>
        <Segments
          label={t('format')}
          value={format}
          options={[
            { value: 'pdf', label: t('order_pdf') },
            { value: 'xlsx', label: t('order_xlsx') },
          ]}
          onChange={setFormat}
        />
        <div className={styles['pair']}>
          <SelectField
            label={t('every')}
            value={when.every}
            options={EVERY.map((value) => ({ value, label: t(`every_one.${value}`) }))}
            onChange={(next) => {
              change({ every: EVERY.find((one) => one === next) ?? 'day' });
            }}
          />
          {when.every === 'week' && (
            <SelectField
              label={t('weekday')}
              value={String(when.weekday)}
              options={WEEKDAYS.map((day) => ({ value: String(day), label: weekdayName(day) }))}
              onChange={(next) => {
                change({ weekday: Number(next) });
              }}
            />
          )}
          {when.every === 'month' && (
            <SelectField
              label={t('day')}
              value={String(when.day)}
              options={DAYS_OF_MONTH.map((day) => ({ value: String(day), label: String(day) }))}
              onChange={(next) => {
                change({ day: Number(next) });
              }}
            />
          )}
          <TextField
            label={t('at')}
            type="time"
            required
            value={when.time}
            error={errors.at('cron')}
            onChange={(event) => {
              change({ time: event.target.value.slice(0, 5) });
            }}
          />
        </div>
        {canStore ? (
          <CheckField
            checked={toFolder}
            onChange={(event) => {
              setToFolder(event.target.checked);
            }}
          >
            {t('to_folder')}
          </CheckField>
        ) : (
          <p className={styles['quiet']}>{t('no_folder')}</p>
        )}
        {canMail ? (
          <AreaField
            label={t('to_mail')}
            rows={2}
            inputMode="email"
            value={addresses}
            error={wrongAddress}
            hint={t('to_mail_hint')}
            onChange={(event) => {
              setAddresses(event.target.value);
            }}
          />
        ) : (
          <p className={styles['quiet']}>{t('no_mail')}</p>
        )}
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button
            type="submit"
            look="ink"
            aria-busy={save.isPending}
            disabled={!cron || (!toFolder && recipients.length === 0)}
          >
            {t('schedule_save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
