import { Link } from 'wouter';
import { cx } from './cx';
import styles from './RowList.module.css';

export interface RowParts {
  key: string;
  /** The first line: a name, never cut. */
  title: React.ReactNode;
  /** Below it. */
  note?: React.ReactNode;
  /** At the right of the first line: a figure. */
  figure?: React.ReactNode;
  figureNote?: React.ReactNode;
  to?: string;
  onOpen?: () => void;
  /** Before everything: a box to choose the row by. */
  lead?: React.ReactNode;
  selected?: boolean;
}

/** A table on a phone: two lines for each row, the whole row opens it. */
export function RowList({ label, rows }: { label: string; rows: readonly RowParts[] }) {
  return (
    <ul className={styles['list']} aria-label={label}>
      {rows.map((row) => (
        <li key={row.key} className={cx(row.selected && styles['selected'])}>
          {row.lead}
          <Whole row={row}>
            <span className={styles['words']}>
              <span className={styles['title']}>{row.title}</span>
              {row.note && <span className={styles['note']}>{row.note}</span>}
            </span>
            <span className={styles['figures']}>
              <span className={styles['figure']}>{row.figure}</span>
              {row.figureNote && <span className={styles['note']}>{row.figureNote}</span>}
            </span>
          </Whole>
        </li>
      ))}
    </ul>
  );
}

function Whole({ row, children }: { row: RowParts; children: React.ReactNode }) {
  if (row.to) {
    return (
      <Link href={row.to} className={styles['row']}>
        {children}
      </Link>
    );
  }
  if (row.onOpen) {
    return (
      <button type="button" className={styles['row']} onClick={row.onOpen}>
        {children}
      </button>
    );
  }
  return <div className={styles['row']}>{children}</div>;
}
