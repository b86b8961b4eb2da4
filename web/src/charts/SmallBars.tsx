import { cx } from '@/ui/cx';
import styles from './charts.module.css';

/** Days as bars the size of a word, beside their figures; chili where the finding is. */
export function SmallBars({
  values,
  marked,
  width = 92,
  height = 24,
}: {
  values: readonly number[];
  marked: (index: number) => boolean;
  width?: number;
  height?: number;
}) {
  const most = Math.max(...values, 0) || 1;
  const step = width / Math.max(1, values.length);
  return (
    <svg width={width} height={height} aria-hidden="true" className={styles['svg']}>
      {values.map((value, index) => {
        const tall = Math.max(1, (Math.max(0, value) / most) * height);
        return (
          <rect
            key={index}
            className={cx(styles['bar'], marked(index) ? styles['chili'] : styles['quiet'])}
            x={index * step}
            width={Math.max(1, step - 1)}
            y={height - tall}
            height={tall}
          />
        );
      })}
    </svg>
  );
}

/** A share of the largest, as a bar in a row of a table. */
export function ShareBar({ value, most }: { value: number; most: number }) {
  const width = 84;
  return (
    <svg width={width} height="10" aria-hidden="true" className={styles['svg']}>
      <rect
        className={cx(styles['bar'], value < 0 && styles['chili'])}
        width={Math.max(1, (Math.min(Math.abs(value), most) / (most || 1)) * width)}
        height="10"
      />
    </svg>
  );
}
