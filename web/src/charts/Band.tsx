import styles from './charts.module.css';
import { stretches, type ChartDay } from './scale';

/** A forecast: a stepped band with its edges, a dashed middle, and closed days hatched and named. */
export function Band({
  days,
  x,
  y,
  top,
  bottom,
}: {
  days: readonly ChartDay[];
  x: (index: number) => number;
  y: (value: number) => number;
  top: number;
  bottom: number;
}) {
  const steps = (from: number, to: number, of: 'low' | 'middle' | 'high') =>
    days.slice(from, to).flatMap((day, offset) => {
      const level = y(day.expected?.[of] ?? 0);
      const index = from + offset;
      return [`${x(index)} ${level}`, `${x(index + 1)} ${level}`];
    });
  return (
    <>
      {days.map((day, index) =>
        day.closed ? (
          <g key={day.day}>
            <rect
              fill="url(#closed)"
              x={x(index)}
              width={x(index + 1) - x(index)}
              y={top}
              height={bottom - top}
            />
            {!days[index - 1]?.closed && (
              <text className={styles['tick']} x={x(index + 1)} y={top - 6} textAnchor="end">
                {day.closed}
              </text>
            )}
          </g>
        ) : null,
      )}
      {stretches(days).map(([from, to]) => {
        const above = steps(from, to, 'high');
        const below = steps(from, to, 'low');
        return (
          <g key={from}>
            <path
              className={styles['band']}
              d={`M${above.join('L')}L${[...below].reverse().join('L')}Z`}
            />
            <path className={styles['middle']} d={`M${steps(from, to, 'middle').join('L')}`} />
          </g>
        );
      })}
    </>
  );
}
