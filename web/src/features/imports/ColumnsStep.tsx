import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { asProblem, problemSentence } from '@/api/problem';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { CheckField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { importQuery, mapFile, type Import } from './api';
import { ColumnRow } from './ColumnRow';
import { HowRead } from './HowRead';
import styles from './imports.module.css';
import {
  choiceOf,
  choose,
  mappingOf,
  openQuestions,
  PLAIN_STOCK,
  readAnew,
  type Choice,
  type Layout,
} from './mapping';

/** What each column becomes; what the file does not say is asked here, never guessed. */
export function ColumnsStep({ found, layout }: { found: Import; layout: Layout }) {
  const { t } = useTranslation('imports');
  const client = useQueryClient();
  const [, go] = useLocation();
  const [choice, setChoice] = useState<Choice>(() => choiceOf(layout));
  const [touched, setTouched] = useState(false);
  const open = openQuestions(layout, choice);
  const map = useMutation({
    mutationFn: ({ next }: { next: Choice; stay: boolean }) =>
      mapFile(found.id, mappingOf(layout, next)),
    onSuccess: (read, { stay }) => {
      client.setQueryData(importQuery(found.id).queryKey, read);
      void client.invalidateQueries({ queryKey: ['imports', 'list'] });
      client.removeQueries({ queryKey: ['imports', found.id, 'rows'] });
      if (read.layout) setChoice((before) => ({ ...before, ...choiceOf(read.layout ?? layout) }));
      setTouched(false);
      if (!stay && read.state === 'previewed') go(`/import/${found.id}/verification`);
    },
  });
  const change = (next: Choice) => {
    setChoice(next);
    setTouched(true);
  };
  // Another sheet, or another line of headers, is another table: it is read at once.
  const reread = (changes: Pick<Choice, 'sheet' | 'headerRow'>) => {
    map.mutate({ next: readAnew(changes), stay: true });
  };
  const stockQuestion = open.find((question) => question.code === 'import.stock_not_clear');
  const answered = layout.questions.find((one) => one.code === 'import.stock_not_clear');
  const missing = open.filter((question) => question.code === 'import.column_missing');
  const generates = layout.questions.some((question) =>
    question.answers.some((answer) => answer.member === 'generate_skus'),
  );
  return (
    <div className={styles['columns']}>
      <div>
        {missing.map((question) => (
          <Notice
            key={question.fields.join()}
            alert
            title={t('which_column', {
              fields: question.fields.map((field) => fieldName(t, field)).join(` ${t('or')} `),
            })}
          >
            {t('which_column_how')}
          </Notice>
        ))}
        {generates && (
          <CheckField
            checked={choice.generateSkus ?? false}
            onChange={(event) => {
              change({ ...choice, generateSkus: event.target.checked });
            }}
          >
            {t('generate_skus')}
          </CheckField>
        )}
        <div className={styles['scroll']} role="group" aria-label={t('step.colonnes')} tabIndex={0}>
          <table className={styles['mapping']}>
            <caption className="visually-hidden">{t('step.colonnes')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('file_column')}</th>
                <th scope="col">{t('sample')}</th>
                <th scope="col">{t('sample_next')}</th>
                <th scope="col">{t('becomes')}</th>
                <th scope="col">{t('why')}</th>
              </tr>
            </thead>
            <tbody>
              {layout.columns.map((column) => (
                <ColumnRow
                  key={column.number}
                  column={column}
                  fields={layout.fields}
                  field={choice.fields[column.number] ?? null}
                  question={choice.fields[column.number] === PLAIN_STOCK ? answered : undefined}
                  stock={choice.stock}
                  onField={(field) => {
                    change(choose(choice, column.number, field));
                  }}
                  onStock={(stock) => {
                    change({ ...choice, stock });
                  }}
                />
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <aside>
        <HowRead
          found={found}
          layout={layout}
          choice={choice}
          busy={map.isPending}
          onChoice={change}
          onReread={reread}
        />
        {map.error && (
          <Notice alert title={problemSentence(asProblem(map.error))}>
            {asProblem(map.error).errors[0]?.detail ?? ''}
          </Notice>
        )}
        <Button
          look="ink"
          size="large"
          className={styles['wide']}
          disabled={open.length > 0 || map.isPending}
          onClick={() => {
            if (!touched && found.state === 'previewed') go(`/import/${found.id}/verification`);
            else map.mutate({ next: choice, stay: false });
          }}
        >
          {map.isPending ? t('reading') : t('check_rows')}
        </Button>
        <p className={styles['hint']}>
          {open.length > 0
            ? t('choices_left', { count: missing.length + (stockQuestion ? 1 : 0) })
            : t('nothing_written')}
        </p>
        <p className={styles['hint']}>{t('remembered')}</p>
        {found.state === 'previewed' && (
          <p className={styles['hint']}>
            {t('rows_read', { rows: formatQuantity(rowsOf(found)) })}
          </p>
        )}
      </aside>
    </div>
  );
}

function rowsOf({ counts }: Import): number {
  return counts.new + counts.changed + counts.unchanged + counts.error;
}

type T = ReturnType<typeof useTranslation<'imports'>>['t'];

/** The name of a field; a newer server may have one that is not known here. */
export function fieldName(t: T, field: string): string {
  return t(`field.${field}` as 'field.sku', { defaultValue: field });
}
