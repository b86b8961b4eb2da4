import { IconArrowRight, IconCheck } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { keepTogether } from '@/format/names';
import { formatQuantity } from '@/format/quantity';
import { cx } from '@/ui/cx';
import { fieldName } from './ColumnsStep';
import styles from './imports.module.css';
import { columnLetter, PLAIN_STOCK, type Choice, type Layout, type Question } from './mapping';

type Column = Layout['columns'][number];

const MEANINGS = ['set', 'add', 'ignore'] as const;

/** A column: its header, two samples, what it becomes, and below it what nobody but the user knows. */
export function ColumnRow({
  column,
  fields,
  field,
  question,
  stock,
  onField,
  onStock,
}: {
  column: Column;
  fields: readonly string[];
  field: string | null;
  question: Question | undefined;
  stock: Choice['stock'];
  onField: (field: string | null) => void;
  onStock: (stock: NonNullable<Choice['stock']>) => void;
}) {
  const { t } = useTranslation('imports');
  const unclear = field === PLAIN_STOCK && stock === undefined;
  const name = column.header || t('no_header');
  return (
    <>
      <tr className={cx(field === null && styles['unread'])}>
        <th scope="row">
          <span className={styles['letter']}>{columnLetter(column.number)}</span>
          {name}
        </th>
        <td className={styles['sample']}>{column.samples[0] ?? '–'}</td>
        <td className={styles['sample']}>{column.samples[1] ?? '–'}</td>
        <td>
          <span className={styles['becomes']}>
            <IconArrowRight size={16} stroke={1.7} aria-hidden />
            <select
              aria-label={t('becomes_of', { column: name })}
              className={cx(unclear && styles['wrong'])}
              value={field ?? ''}
              onChange={(event) => {
                onField(event.target.value || null);
              }}
            >
              <option value="">{t('not_read')}</option>
              {field === PLAIN_STOCK && <option value={PLAIN_STOCK}>{t('to_say')}</option>}
              {fields.map((one) => (
                <option key={one} value={one}>
                  {fieldName(t, one)}
                </option>
              ))}
            </select>
          </span>
        </td>
        <td className={styles['why']}>
          {unclear ? (
            <b className={styles['bad']}>{t('choose_meaning')}</b>
          ) : field === null ? null : column.field === field ? (
            <>
              <IconCheck size={16} stroke={2} aria-hidden /> {t('known_header')}
            </>
          ) : (
            t('your_choice')
          )}
        </td>
      </tr>
      {question && (
        <tr className={styles['asks']}>
          <td colSpan={5}>
            <StockMeaning header={name} question={question} stock={stock} onStock={onStock} />
          </td>
        </tr>
      )}
    </>
  );
}

/** Stock is never guessed: three meanings, each with what it does to one product of the file. */
function StockMeaning({
  header,
  question,
  stock,
  onStock,
}: {
  header: string;
  question: Question;
  stock: Choice['stock'];
  onStock: (stock: NonNullable<Choice['stock']>) => void;
}) {
  const { t } = useTranslation('imports');
  const name = useId();
  return (
    <fieldset className={styles['meanings']}>
      <legend>
        <b>{t('what_says', { header })}</b> {t('never_guessed')}
      </legend>
      <div>
        {MEANINGS.map((meaning) => {
          const example = question.answers.find((answer) => answer.value === meaning)?.example;
          return (
            <label key={meaning}>
              <input
                type="radio"
                name={name}
                checked={stock === meaning}
                onChange={() => {
                  onStock(meaning);
                }}
              />
              <span>
                <strong>{t(`meaning.${meaning}`)}</strong>
                {example && (
                  <small>
                    {t(meaning === 'ignore' ? 'stays' : 'turns', {
                      product: keepTogether(example.product),
                      before: formatQuantity(example.before),
                      after: formatQuantity(example.after),
                    })}
                  </small>
                )}
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
