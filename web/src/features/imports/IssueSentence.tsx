import { useTranslation } from 'react-i18next';
import type { RowIssue } from './api';
import { fieldName } from './ColumnsStep';
import styles from './imports.module.css';

/** What is wrong with a cell, what was expected, and where the cell is. */
export function IssueSentence({ issue }: { issue: RowIssue }) {
  const { t } = useTranslation('imports');
  // Codes have dots in them; a newer server may have one that is not known here.
  const words = t as unknown as (key: string, options: object) => string;
  const sentence = words(`issue/${issue.code}`, {
    keySeparator: '/',
    value: issue.value,
    field: issue.column ? fieldName(t, issue.column) : '',
    defaultValue: issue.detail,
  });
  return (
    <span className={styles['issue']}>
      {issue.column && <b>{fieldName(t, issue.column)} : </b>}
      {sentence}
      {issue.cell && <small>{t('cell', { cell: issue.cell })}</small>}
    </span>
  );
}
