import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dayMoment, formatDay, formatWeekday } from '@/format/dates';
import { cx } from '@/ui/cx';
import { Band } from './Band';
import { ChartFigures } from './ChartFigures';
import styles from './charts.module.css';
import { datedColumns, highest, niceTicks, type ChartDay } from './scale';
import { useWidth } from './useWidth';

interface DayChartProps {
  /** What the graph shows, in a sentence: for screen readers. */
  label: string;
  days: readonly ChartDay[];
  /** The figure in full, with its unit. */
  format: (value: number) => string;
  /** The figure on the axis: short, in the unit of the highest tick. */
  formatTick: (value: number, highest: number) => string;
  height?: number;
  /** Columns are weeks: a column is named by its Monday. */
  weekly?: boolean;
  /** Shaded between two values: what is usual. */
  usual?: { low: number; high: number; words: string } | undefined;
  /** Left out where another table on the page has the figures. */
  withoutFigures?: boolean;
}

const FOOT = 26;

/**
 * Days as bars from zero, and what is expected as a stepped band with a dashed middle. Drawn for the
 * width that it has: the text stays 12 px. Arrow keys walk from day to day.
 */
export function DayChart({
  label,
  days,
  format,
  formatTick,
  height = 236,
  weekly = false,
  usual,
  withoutFigures = false,
}: DayChartProps) {
  const { t } = useTranslation('charts');
  const [frame, width] = useWidth(640);
  const [at, setAt] = useState<number>();
  const ticks = useMemo(
    () => niceTicks(Math.max(highest(days), usual?.high ?? 0), height > 200 ? 5 : 4),
    [days, usual, height],
  );
  const top = ticks.at(-1) ?? 1;
  const texts = ticks.map((tick) => formatTick(tick, top));
  const left = Math.ceil(Math.max(...texts.map((text) => text.length)) * 6.4) + 12;
  const bottom = height - FOOT;
  // Room for words above the highest tick, where there are any.
  const hasWords = days.some((day) => day.mark ?? day.expected ?? day.closed);
  const roof = hasWords ? 44 : 22;
  const step = Math.max(1, (width - left - 4) / Math.max(1, days.length));
  const x = (index: number) => left + index * step;
  const y = (value: number) => bottom - (Math.max(0, value) / top) * (bottom - roof);
  const today = days.findIndex((day) => day.value === undefined);
  const shown = at === undefined ? undefined : days[at];
  const nameOf = (day: ChartDay) =>
    weekly
      ? t('week_of', { day: formatDay(dayMoment(day.day)) })
      : formatWeekday(dayMoment(day.day));
  const read = (day: ChartDay) => {
    const { value, expected } = day;
    const figures =
      value !== undefined
        ? format(value)
        : expected
          ? t('expected_between', {
              middle: format(expected.middle),
              low: format(expected.low),
              high: format(expected.high),
            })
          : '–';
    return [nameOf(day), day.feast, figures, day.closed, day.mark?.title]
      .filter(Boolean)
      .join(' · ');
  };
  const walk = (event: React.KeyboardEvent) => {
    const last = days.length - 1;
    const moves: Record<string, number> = {
      ArrowRight: Math.min(last, (at ?? -1) + 1),
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      Home: 0,
      End: last,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };
  const point = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left) / step);
    setAt(Math.min(days.length - 1, Math.max(0, index)));
  };
  if (days.length === 0) return null;
  return (
    <figure className={styles['figure']}>
      <div ref={frame} className={styles['frame']} style={{ height }}>
        <svg width={width} height={height} role="img" aria-label={label} className={styles['svg']}>
          <defs>
            <pattern id="closed" width="6" height="6" patternUnits="userSpaceOnUse">
              <path d="M0 6L6 0" className={styles['hatch']} />
            </pattern>
          </defs>
          {ticks.map((tick, index) => (
            <g key={tick}>
              <line
                className={index === 0 ? styles['ground'] : styles['grid']}
                x1={left}
                x2={width}
                y1={y(tick)}
                y2={y(tick)}
              />
              <text className={styles['tick']} x={left - 8} y={y(tick) + 4} textAnchor="end">
                {texts[index]}
              </text>
            </g>
          ))}
          {usual && (
            <rect
              className={styles['usual']}
              x={left}
              width={width - left}
              y={y(usual.high)}
              height={Math.max(1, y(usual.low) - y(usual.high))}
            />
          )}
          <Band days={days} x={x} y={y} top={roof} bottom={bottom} />
          {days.map((day, index) =>
            day.value === undefined ? null : (
              <rect
                key={day.day}
                className={cx(
                  styles['bar'],
                  day.tone && styles[day.tone],
                  at === index && styles['pointed'],
                )}
                x={x(index) + step * 0.14}
                width={Math.max(1, step * 0.72)}
                y={y(day.value)}
                height={Math.max(0, bottom - y(day.value))}
              />
            ),
          )}
          {usual && (
            <text className={styles['usualWords']} x={left + 4} y={y(usual.high) - 5}>
              {usual.words}
            </text>
          )}
          <Dates days={days} step={step} x={x} bottom={bottom} width={width} />
          {today > 0 && <Today x={x(today)} bottom={bottom} />}
          <Marks days={days} x={(index) => x(index) + step / 2} y={roof - 14} width={width} />
          {at !== undefined && (
            <line
              className={styles['pointer']}
              x1={x(at) + step / 2}
              x2={x(at) + step / 2}
              y1={roof}
              y2={bottom}
            />
          )}
        </svg>
        <div
          className={styles['walk']}
          style={{ left, width: step * days.length, top: roof - 12, height: bottom - roof + 12 }}
          role="slider"
          tabIndex={0}
          aria-label={t('walk')}
          aria-valuemin={1}
          aria-valuemax={days.length}
          aria-valuenow={(at ?? 0) + 1}
          aria-valuetext={shown ? read(shown) : t('walk_hint')}
          onKeyDown={walk}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => {
            setAt(undefined);
          }}
          onBlur={() => {
            setAt(undefined);
          }}
        />
        {shown && <p className={styles['readout']}>{read(shown)}</p>}
      </div>
      {!withoutFigures && (
        <ChartFigures label={label} days={days} nameOf={nameOf} format={format} weekly={weekly} />
      )}
    </figure>
  );
}

/** Dates below: a short line and the day, never cut at the right edge. */
function Dates({
  days,
  step,
  x,
  bottom,
  width,
}: {
  days: readonly ChartDay[];
  step: number;
  x: (index: number) => number;
  bottom: number;
  width: number;
}) {
  const names = days.map((day) => day.day);
  return datedColumns(names, step).map((index) => {
    const place = x(index) + step * 0.14;
    if (place > width - 40 && index > 0) return null;
    return (
      <g key={index}>
        <line className={styles['ground']} x1={place} x2={place} y1={bottom} y2={bottom + 5} />
        <text className={styles['tick']} x={place + 2} y={bottom + 18}>
          {formatDay(dayMoment(names[index] ?? ''))}
        </text>
      </g>
    );
  });
}

/** "Sold | Expected": the words stand on both sides of today's line, no legend. */
function Today({ x, bottom }: { x: number; bottom: number }) {
  const { t } = useTranslation('charts');
  return (
    <g>
      <line className={styles['today']} x1={x} x2={x} y1={4} y2={bottom} />
      <text className={styles['sold']} x={x - 6} y={14} textAnchor="end">
        {t('sold')}
      </text>
      <text className={styles['expected']} x={x + 6} y={14}>
        {t('expected')}
      </text>
    </g>
  );
}

/** Findings: a chili diamond, and a sentence where there is room for one. */
function Marks({
  days,
  x,
  y,
  width,
}: {
  days: readonly ChartDay[];
  x: (index: number) => number;
  y: number;
  width: number;
}) {
  const marked = days.flatMap((day, index) => (day.mark ? [{ index, ...day.mark }] : []));
  return marked.map((mark) => {
    const place = x(mark.index);
    const before = place > width * 0.6;
    return (
      <g key={mark.index} transform={`translate(${place} ${y})`}>
        <path className={styles['mark']} d="M0 -5l5 5-5 5-5-5z" />
        {marked.length <= 2 && (
          <g textAnchor={before ? 'end' : 'start'}>
            <text className={styles['markTitle']} x={before ? -10 : 10} y={mark.note ? -6 : 4}>
              {mark.title}
            </text>
            {mark.note && (
              <text className={styles['tick']} x={before ? -10 : 10} y={8}>
                {mark.note}
              </text>
            )}
          </g>
        )}
      </g>
    );
  });
}
