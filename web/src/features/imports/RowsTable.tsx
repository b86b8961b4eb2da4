import { IconArrowRight } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, fieldSentence, problemSentence } from '@/api/problem';
import { currencySign } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { TextField } from '@/ui/fields';
import { toast } from '@/ui/toasts';
import { correctRow, importQuery, type Import, type ImportRow, type RowIssue } from './api';
import { cellsOf, firstError, issueOf, nameOf, oldNameOf, type Cell } from './cells';
import { fieldName } from './ColumnsStep';
import { IssueSentence } from './IssueSentence';
import styles from './imports.module.css';

/** The rows with what they change; below a row its issues, and the cell that is set right. */
export function RowsTable({
  found,
  rows,
  currency,
}: {
  found: Import;
  rows: readonly ImportRow[];
  currency: Currency;
}) {
  const { t } = useTranslation('imports');
  const [fixing, setFixing] = useState<number>();
  const cells = cellsOf(found.kind, currency, rows);
  const canFix = found.state === 'previewed' && found.layout !== undefined;
  const unit = currencySign(currency);
  return (
    <div className={styles['scroll']} role="group" aria-label={t('step.verification')} tabIndex={0}>
      <table className={styles['rows']}>
        <caption className="visually-hidden">{t('step.verification')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('line')}</th>
            <th scope="col">{t('state_head')}</th>
            <th scope="col">{t('field.sku')}</th>
            <th scope="col">{t('product')}</th>
            {cells.map((cell) => (
              <th key={cell.head} scope="col" className={cx(cell.figure && styles['right'])}>
                {cell.isMoney ? `${t(`head.${cell.head}`)}, ${unit}` : t(`head.${cell.head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const error = firstError(row);
            return (
              <Row
                key={row.row}
                row={row}
                cells={cells}
                fix={
                  canFix && error ? (
                    fixing === row.row ? (
                      <Fix
                        found={found}
                        row={row}
                        issue={error}
                        onDone={() => {
                          setFixing(undefined);
                        }}
                      />
                    ) : (
                      <Button
                        look="link"
                        aria-label={t('fix_of', { line: row.row })}
                        onClick={() => {
                          setFixing(row.row);
                        }}
                      >
                        {t('fix')}
                      </Button>
                    )
                  ) : null
                }
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, cells, fix }: { row: ImportRow; cells: Cell[]; fix: React.ReactNode }) {
  const { t } = useTranslation('imports');
  const name = nameOf(row);
  const before = oldNameOf(row);
  const warns = row.issues.some((issue) => issue.severity === 'warning');
  const state = row.state !== 'error' && warns ? 'warning' : row.state;
  const hasMore = row.issues.length > 0;
  return (
    <>
      <tr className={cx(hasMore && styles['open'])}>
        <td className={styles['line']}>{formatQuantity(row.row)}</td>
        <td className={cx(styles['rowState'], state === 'error' && styles['bad'])}>
          {t(`row.${state}`)}
        </td>
        <td className={styles['line']}>{row.values.sku ?? '–'}</td>
        <th scope="row">
          {before !== undefined && <Old>{keepTogether(before)}</Old>}
          {name === undefined ? '–' : keepTogether(name)}
        </th>
        {cells.map((cell) => (
          <ValueCell key={cell.head} row={row} cell={cell} />
        ))}
      </tr>
      {hasMore && (
        <tr className={styles['issues']}>
          <td colSpan={4 + cells.length}>
            <div>
              <ul>
                {row.issues.map((issue, index) => (
                  <li key={index} className={cx(issue.severity === 'error' && styles['bad'])}>
                    <IssueSentence issue={issue} />
                  </li>
                ))}
              </ul>
              {fix}
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

/** Old struck through, an arrow, new. */
function Old({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation('imports');
  return (
    <span className={styles['old']}>
      <span className="visually-hidden">{t('before')} </span>
      <s>{children}</s>
      <IconArrowRight size={14} stroke={1.7} role="img" aria-label={t('then')} />
    </span>
  );
}

function ValueCell({ row, cell }: { row: ImportRow; cell: Cell }) {
  const { t } = useTranslation('imports');
  const issue = issueOf(row, cell);
  const value = cell.value(row);
  const old = cell.before?.(row);
  const isNew = row.state === 'new' || old !== undefined;
  return (
    <td
      className={cx(
        cell.figure && styles['right'],
        issue?.severity === 'error' && styles['wrongCell'],
        issue?.severity === 'warning' && styles['warnedCell'],
      )}
    >
      {issue?.severity === 'error' ? (
        issue.value || t('empty_cell')
      ) : (
        <>
          {old !== undefined && <Old>{old}</Old>}
          {value === undefined ? '–' : isNew ? <b>{value}</b> : value}
        </>
      )}
    </td>
  );
}

/** One cell, as it should stand in the file. The whole file is compared with the shop again. */
function Fix({
  found,
  row,
  issue,
  onDone,
}: {
  found: Import;
  row: ImportRow;
  issue: RowIssue;
  onDone: () => void;
}) {
  const { t } = useTranslation('imports');
  const client = useQueryClient();
  const [text, setText] = useState(issue.value);
  const correct = useMutation({
    mutationFn: () => correctRow(found.id, row.row, issue.column, text),
    onSuccess: (read) => {
      client.setQueryData(importQuery(found.id).queryKey, read);
      void client.invalidateQueries({ queryKey: ['imports', found.id, 'rows'] });
      toast(t('fixed', { line: row.row }));
      onDone();
    },
  });
  const refused = correct.error && asProblem(correct.error);
  const entry = refused?.errors[0];
  const error = refused ? (entry ? fieldSentence(entry) : problemSentence(refused)) : undefined;
  return (
    <form
      className={styles['fix']}
      onSubmit={(event) => {
        event.preventDefault();
        correct.mutate();
      }}
    >
      <TextField
        label={fieldName(t, issue.column)}
        hideLabel
        value={text}
        error={error}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
        }}
      />
      <Button look="ink" type="submit" disabled={correct.isPending}>
        {correct.isPending ? t('reading') : t('fix')}
      </Button>
      <Button onClick={onDone}>{t('leave')}</Button>
    </form>
  );
}
