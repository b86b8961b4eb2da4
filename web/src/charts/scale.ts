/** The arithmetic of graphs: ticks that people would choose, places of days, weeks out of days. */

/** Ticks from zero to at least `max`: steps of 1, 2, 2.5, 4 or 5 times a power of ten. */
export function niceTicks(max: number, atMost = 5): number[] {
  if (!(max > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(max / atMost));
  const steps = [1, 2, 2.5, 4, 5, 10].map((factor) => factor * power);
  const step = steps.find((one) => Math.ceil(max / one - 1e-9) <= atMost) ?? 10 * power;
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** One column of a graph. */
export interface ChartDay {
  /** The day, or the first day of the week. */
  day: string;
  /** What was; absent for days to come. */
  value?: number | undefined;
  /** What is expected, with the edges of its band. */
  expected?: { middle: number; low: number; high: number } | undefined;
  /** Closed: hatched, and named. */
  closed?: string | undefined;
  /** The name of its feast. */
  feast?: string | undefined;
  /** A finding on that day: a diamond and its sentence. */
  mark?: { title: string; note?: string } | undefined;
  tone?: 'quiet' | 'chili' | undefined;
}

/** The highest figure that has to fit. */
export function highest(days: readonly ChartDay[]): number {
  return Math.max(0, ...days.flatMap((day) => [day.value ?? 0, day.expected?.high ?? 0]));
}

/** 1 for Monday to 7 for Sunday. */
export function weekday(day: string): number {
  return new Date(`${day}T12:00:00Z`).getUTCDay() || 7;
}

/**
 * Which columns get a date below: Mondays, every second, every fourth… as many as have room. Where the
 * columns are weeks, every column is a Monday.
 */
export function datedColumns(days: readonly string[], step: number, room = 64): number[] {
  const mondays = days.flatMap((day, index) => (weekday(day) === 1 ? [index] : []));
  const shown = mondays.length >= 2 ? mondays : days.map((_, index) => index);
  const gap = ((shown[1] ?? 1) - (shown[0] ?? 0)) * step;
  const every = Math.max(1, Math.ceil(room / Math.max(1, gap)));
  return shown.filter((_, index) => index % every === 0);
}

/** Sums of whole weeks, from Monday on; the first and last may be shorter. */
export function intoWeeks(days: readonly ChartDay[]): ChartDay[] {
  const weeks: ChartDay[] = [];
  for (const day of days) {
    const last = weeks.at(-1);
    if (!last || weekday(day.day) === 1) {
      weeks.push({ day: day.day, value: day.value, ...(day.mark && { mark: day.mark }) });
    } else {
      last.value = (last.value ?? 0) + (day.value ?? 0);
      last.mark ??= day.mark;
    }
  }
  return weeks;
}

/** Neighbouring columns that both have a forecast: the stretches in which the band is drawn. */
export function stretches(days: readonly ChartDay[]): [number, number][] {
  const found: [number, number][] = [];
  days.forEach((day, index) => {
    if (!day.expected || day.closed) return;
    const last = found.at(-1);
    if (last?.[1] === index) last[1] = index + 1;
    else found.push([index, index + 1]);
  });
  return found;
}
