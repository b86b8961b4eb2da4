import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Section } from '@/ui/page';
import type { Import } from './api';
import styles from './imports.module.css';
import type { Choice, Layout } from './mapping';

type Name = 'sheet' | 'header' | 'decimal' | 'dates' | 'prices';

/** How the file is read: sheet, headers, decimal sign, dates, tax; each can be set right. */
export function HowRead({
  found,
  layout,
  choice,
  busy,
  onChoice,
  onReread,
}: {
  found: Import;
  layout: Layout;
  choice: Choice;
  busy: boolean;
  onChoice: (choice: Choice) => void;
  onReread: (changes: Pick<Choice, 'sheet' | 'headerRow'>) => void;
}) {
  const { t } = useTranslation('imports');
  const [editing, setEditing] = useState<Name>();
  const { mapping } = found;
  const decimal = choice.decimalSign ?? mapping.decimal_sign;
  const dates = choice.dateOrder ?? mapping.date_order;
  const sheets = layout.sheets;
  const edit = (name: Name) => (
    <Button
      look="link"
      aria-label={t('change_of', { what: t(`read.${name}`) })}
      aria-expanded={editing === name}
      onClick={() => {
        setEditing(editing === name ? undefined : name);
      }}
    >
      {t('change')}
    </Button>
  );
  const row = (name: Name, value: React.ReactNode, control: React.ReactNode, changes = true) => (
    <div key={name}>
      <dt>{t(`read.${name}`)}</dt>
      <dd>{editing === name ? control : value}</dd>
      <dd>{changes && edit(name)}</dd>
    </div>
  );
  return (
    <Section title={t('how_read')}>
      <dl className={styles['read']}>
        {mapping.sheet !== undefined &&
          row(
            'sheet',
            <>
              <b>{mapping.sheet}</b>{' '}
              {sheets.length > 1 && <small>{t('sheets', { count: sheets.length })}</small>}
            </>,
            <Choose
              label={t('read.sheet')}
              value={mapping.sheet}
              busy={busy}
              options={sheets.map((sheet) => [
                sheet.name,
                `${sheet.name} (${formatQuantity(sheet.rows)})`,
              ])}
              onChange={(sheet) => {
                onReread({ sheet });
              }}
            />,
            sheets.length > 1,
          )}
        {row(
          'header',
          <b>
            {mapping.header_row === 0
              ? t('no_headers')
              : t('header_line', { line: mapping.header_row })}
          </b>,
          <Choose
            label={t('read.header')}
            value={String(mapping.header_row)}
            busy={busy}
            options={[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((line) => [
              String(line),
              line === 0 ? t('no_headers') : t('header_line', { line }),
            ])}
            onChange={(line) => {
              onReread({
                headerRow: Number(line),
                ...(mapping.sheet !== undefined && { sheet: mapping.sheet }),
              });
            }}
          />,
        )}
        {mapping.encoding && (
          <div>
            <dt>{t('read.text')}</dt>
            <dd>
              <b>{mapping.encoding}</b>
              {mapping.separator && (
                <small>{t('separator', { sign: separatorWords(mapping.separator, t) })}</small>
              )}
            </dd>
          </div>
        )}
        {row(
          'decimal',
          <>
            <b>
              {decimal
                ? t(`decimal.${decimal === ',' ? 'comma' : decimal === '.' ? 'point' : 'mixed'}`)
                : t('does_not_matter')}
            </b>
            {decimal === ',' && <small>{t('decimal.comma_example')}</small>}
            {decimal === '.' && <small>{t('decimal.point_example')}</small>}
          </>,
          <Choose
            label={t('read.decimal')}
            value={choice.decimalSign ?? ''}
            busy={busy}
            options={[
              ['', t('as_the_file')],
              [',', t('decimal.comma')],
              ['.', t('decimal.point')],
            ]}
            onChange={(sign) => {
              onChoice({ ...choice, decimalSign: sign === ',' || sign === '.' ? sign : undefined });
            }}
          />,
        )}
        {(found.kind === 'sales' || dates) &&
          row(
            'dates',
            <>
              <b>{dates ? t(`dates.${dates}`) : t('does_not_matter')}</b>
              {dates === 'day_first' && <small>{t('dates.day_first_example')}</small>}
              {dates === 'month_first' && <small>{t('dates.month_first_example')}</small>}
            </>,
            <Choose
              label={t('read.dates')}
              value={choice.dateOrder ?? ''}
              busy={busy}
              options={[
                ['', t('as_the_file')],
                ['day_first', t('dates.day_first')],
                ['month_first', t('dates.month_first')],
              ]}
              onChange={(order) => {
                onChoice({
                  ...choice,
                  dateOrder: order === 'day_first' || order === 'month_first' ? order : undefined,
                });
              }}
            />,
          )}
        {found.kind === 'products' &&
          row(
            'prices',
            <b>{choice.prices ? t(`prices.${choice.prices}`) : t('prices.as_header')}</b>,
            <Choose
              label={t('read.prices')}
              value={choice.prices ?? ''}
              busy={busy}
              options={[
                ['', t('prices.as_header')],
                ['with_tax', t('prices.with_tax')],
                ['without_tax', t('prices.without_tax')],
              ]}
              onChange={(prices) => {
                onChoice({
                  ...choice,
                  prices: prices === 'with_tax' || prices === 'without_tax' ? prices : undefined,
                });
              }}
            />,
          )}
        {mapping.preset && (
          <div>
            <dt>{t('read.preset')}</dt>
            <dd>
              <b>{mapping.preset}</b>
            </dd>
          </div>
        )}
      </dl>
    </Section>
  );
}

function separatorWords(
  sign: string,
  t: ReturnType<typeof useTranslation<'imports'>>['t'],
): string {
  return sign === '\t' ? t('tab') : `« ${sign} »`;
}

function Choose({
  label,
  value,
  options,
  busy,
  onChange,
}: {
  label: string;
  value: string;
  options: [string, string][];
  busy: boolean;
  onChange: (value: string) => void;
}) {
  return (
    <select
      aria-label={label}
      value={value}
      disabled={busy}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    >
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}
