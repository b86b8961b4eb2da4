import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { Fragment } from 'react';
import { cx } from './cx';
import styles from './Table.module.css';

export interface Column<Row> {
  key: string;
  head: React.ReactNode;
  cell: (row: Row) => React.ReactNode;
  /** Figures stand right, with the same decimals all the way down. */
  figure?: boolean;
  quiet?: boolean;
  /** Draws the register's margin rule at its right: words left, figures right of it. */
  margin?: boolean;
  /** The name of the row, read out before its cells. */
  rowHead?: boolean;
  /** The word of `sort=`; makes the head a button. */
  sort?: string;
  /** The foot of the column: a sum, a count. */
  foot?: React.ReactNode;
}

/**
 * A ruled table: head 12 px on an ink rule, the unit in the head, rows divided by hairlines. What is
 * shown instead of rows (skeleton, empty, failed) goes into `instead`, below the real head.
 */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  sort,
  onSort,
  selected,
  below,
  instead,
}: {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** The order in force, with a minus for backwards. */
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  selected?: (row: Row) => boolean;
  /** A line below a row, of its own: what a change does, what is wrong with it. */
  below?: (row: Row) => React.ReactNode;
  instead?: React.ReactNode;
}) {
  const hasFoot = !instead && columns.some((column) => column.foot !== undefined);
  return (
    // Focusable, so that a keyboard can scroll what is wider than the page.
    <div className={styles['frame']} role="group" aria-label={caption} tabIndex={0}>
      <table className={styles['table']}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                aria-sort={ariaSort(column.sort, sort)}
                className={cx(column.figure && styles['figure'], column.margin && styles['margin'])}
              >
                {column.sort && onSort ? (
                  <SortButton word={column.sort} sort={sort} onSort={onSort}>
                    {column.head}
                  </SortButton>
                ) : (
                  column.head
                )}
              </th>
            ))}
          </tr>
        </thead>
        {!instead && (
          <tbody>
            {rows.map((row) => {
              const under = below?.(row);
              const isSelected = selected?.(row) ? true : undefined;
              return (
                <Fragment key={rowKey(row)}>
                  <tr aria-selected={isSelected} className={cx(Boolean(under) && styles['joined'])}>
                    {columns.map((column) => {
                      const className = cx(
                        column.figure && styles['figure'],
                        column.quiet && styles['quiet'],
                        column.margin && styles['margin'],
                      );
                      return column.rowHead ? (
                        <th key={column.key} scope="row" className={className}>
                          {column.cell(row)}
                        </th>
                      ) : (
                        <td key={column.key} className={className}>
                          {column.cell(row)}
                        </td>
                      );
                    })}
                  </tr>
                  {under && (
                    <tr aria-selected={isSelected} className={styles['below']}>
                      <td colSpan={columns.length}>{under}</td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        )}
        {hasFoot && (
          <tfoot>
            <tr>
              {columns.map((column) => (
                <td key={column.key} className={cx(column.figure && styles['figure'])}>
                  {column.foot}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
      {instead}
    </div>
  );
}

function ariaSort(word: string | undefined, sort: string | undefined) {
  if (!word || !sort) return undefined;
  if (sort === word) return 'ascending' as const;
  return sort === `-${word}` ? ('descending' as const) : undefined;
}

function SortButton({
  word,
  sort,
  onSort,
  children,
}: {
  word: string;
  sort: string | undefined;
  onSort: (sort: string) => void;
  children: React.ReactNode;
}) {
  const backwards = `-${word}`;
  return (
    <button
      type="button"
      className={styles['sort']}
      onClick={() => {
        onSort(sort === word ? backwards : word);
      }}
    >
      {children}
      {sort === word && <IconArrowUp size={14} stroke={1.8} aria-hidden />}
      {sort === backwards && <IconArrowDown size={14} stroke={1.8} aria-hidden />}
    </button>
  );
}
