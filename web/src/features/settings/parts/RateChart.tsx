import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useWidth } from '@/charts/useWidth';
import { formatMonth } from '../months';
import { formatQuantity } from '@/format/quantity';
import styles from '../settings.module.css';
import { rateTicks, type Point } from '../values';

const HEIGHT = 148;
const LEFT = 48;
const RIGHT = 58;
const TOP = 10;
const BOTTOM = 22;

/** The rates of a year as steps: a rate holds until the next. The axis does not begin at zero, its ticks say so. */
export function RateChart({ points, to }: { points: Point[]; to: number }) {
  const { t } = useTranslation('settings');
  const [frame, width] = useWidth(500);
  const title = useId();
  const last = points.at(-1);
  const from = points[0]?.at ?? to;
  if (!last || points.length < 2) return null;
  const figures = points.map((point) => point.micros / 1_000_000);
  const low = Math.min(...figures);
  const high = Math.max(...figures);
  const ticks = rateTicks(low, high);
  const bottom = ticks[0] ?? low;
  const top = ticks.at(-1) ?? high;
  const x = (at: number) =>
    LEFT + ((at - from) / Math.max(1, to - from)) * Math.max(1, width - LEFT - RIGHT);
  const y = (value: number) =>
    TOP + ((top - value) / Math.max(1e-9, top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const steps = points
    .map((point, index) => {
      const at = `${x(point.at).toFixed(1)}`;
      const value = `${y(point.micros / 1_000_000).toFixed(1)}`;
      return index === 0 ? `M${at} ${value}` : `H${at}V${value}`;
    })
    .join('');
  const now = last.micros / 1_000_000;
  return (
    <div ref={frame} className={styles['chart']}>
      <svg width={width} height={HEIGHT} role="img" aria-labelledby={title}>
        <title id={title}>
          {t('history_chart', { low: formatQuantity(low), high: formatQuantity(high) })}
        </title>
        {ticks.map((tick) => (
          <g key={tick}>
            <line
              className={styles['grid']}
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {formatQuantity(tick)}
            </text>
          </g>
        ))}
        {months(from, to).map((moment) => (
          <text key={moment} x={x(moment)} y={HEIGHT - 4}>
            {formatMonth(moment)}
          </text>
        ))}
        <path className={styles['steps']} d={`${steps}H${x(to).toFixed(1)}`} />
        <circle className={styles['dot']} cx={x(to)} cy={y(now)} r="4" />
        <text className={styles['now']} x={x(to) + 9} y={y(now) + 4}>
          {formatQuantity(now)}
        </text>
      </svg>
    </div>
  );
}

/** The first days of months that get a name below: each of a short history, every third of a year. */
function months(from: number, to: number): number[] {
  const moments: number[] = [];
  const every = to - from > 150 * 86_400_000 ? 3 : 1;
  const cursor = new Date(from);
  cursor.setUTCDate(1);
  cursor.setUTCHours(12, 0, 0, 0);
  for (;;) {
    cursor.setUTCMonth(cursor.getUTCMonth() + 1);
    // What would be written over the present figure is left out.
    if (cursor.getTime() > to - (to - from) * 0.08) return moments;
    if (cursor.getUTCMonth() % every === every - 1) moments.push(cursor.getTime());
  }
}
