import { formatPercent } from '@/format/quantity';
import { cx } from './cx';
import styles from './Strip.module.css';

export interface StripItem {
  label: string;
  value: React.ReactNode;
  note?: React.ReactNode;
}

/** One ruled row of figures under a 3 px ink line. On a phone, one line per figure. */
export function Strip({ items }: { items: StripItem[] }) {
  return (
    <dl className={styles['strip']}>
      {items.map((item) => (
        <div key={item.label} className={styles['item']}>
          <dt className={styles['label']}>{item.label}</dt>
          <dd className={styles['value']}>{item.value}</dd>
          {item.note && <dd className={styles['note']}>{item.note}</dd>}
        </div>
      ))}
    </dl>
  );
}

export interface CompareRow {
  head: React.ReactNode;
  note?: React.ReactNode;
  cells: React.ReactNode[];
  kind?: 'lead' | 'quiet' | 'ground';
}

/** The strip as a table: the period, the one before, the difference, yesterday. */
export function CompareStrip({
  caption,
  corner,
  heads,
  rows,
}: {
  caption: string;
  corner: React.ReactNode;
  heads: string[];
  rows: CompareRow[];
}) {
  return (
    <div className={styles['compare']} role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} className={cx(row.kind && styles[row.kind])}>
              <th scope="row">
                {row.head}
                {row.note && <span className={styles['note']}>{row.note}</span>}
              </th>
              {row.cells.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A change in percent, with a mark, so that colour is not all that says it. */
export function Change({ ratio }: { ratio: number }) {
  const up = ratio > 0;
  return (
    <span className={cx(styles['change'], ratio !== 0 && (up ? styles['up'] : styles['down']))}>
      {ratio !== 0 && <span aria-hidden="true">{up ? '▲' : '▼'} </span>}
      {formatPercent(ratio, { signed: true })}
    </span>
  );
}
