/** Scheduled reports: how often in words that people choose, and in the five fields that the server takes. Pure. */

import type { Schemas } from '@/api/client';
import type { Kind } from './kinds';

export type Schedule = Schemas['Schedule'];
export type Days = Schemas['ReportPeriod'];

export const EVERY = ['day', 'week', 'month'] as const;
export type Every = (typeof EVERY)[number];

export interface When {
  every: Every;
  /** 1 is Monday, 7 is Sunday. */
  weekday: number;
  /** 1 to 28: every month has it. */
  day: number;
  /** "07:00", by the clock of the shop. */
  time: string;
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Undefined while the time is not one. */
export function cronOf({ every, weekday, day, time }: When): string | undefined {
  const [, hour, minute] = TIME.exec(time) ?? [];
  if (!hour || !minute) return undefined;
  const days = every === 'month' ? `${day} * *` : every === 'week' ? `* * ${weekday}` : '* * *';
  return `${Number(minute)} ${Number(hour)} ${days}`;
}

/** Undefined for what is not daily, weekly or monthly: it was made elsewhere than here. */
export function whenOf(cron: string): When | undefined {
  const found = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-7])$/.exec(cron.trim());
  const [, minute = '', hour = '', day = '', weekday = ''] = found ?? [];
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (!found || !TIME.test(time) || (day !== '*' && weekday !== '*')) return undefined;
  const common = { weekday: 1, day: 1, time };
  if (weekday !== '*') return { ...common, every: 'week', weekday: Number(weekday) || 7 };
  if (day === '*') return { ...common, every: 'day' };
  const number = Number(day);
  return number >= 1 && number <= 28 ? { ...common, every: 'month', day: number } : undefined;
}

const ALL_DAYS: readonly Days[] = [
  'yesterday',
  'last_7_days',
  'last_week',
  'last_30_days',
  'last_month',
  'last_quarter',
  'last_year',
  'today',
  'this_week',
  'this_month',
  'this_year',
];

/** The days that a report of this kind may be about. */
export function daysFor(kind: Kind): readonly Days[] {
  if (kind === 'daily_close') return ['yesterday', 'today'];
  return kind === 'low_stock' ? ['today'] : ALL_DAYS;
}

/** What most shops want: what is about a day each morning, the rest once a month. */
export function usualFor(kind: Kind): { period: Days; when: When } {
  const [first] = daysFor(kind);
  const isDaily = kind === 'daily_close' || kind === 'low_stock';
  return {
    period: isDaily ? (first ?? 'today') : 'last_month',
    when: { every: isDaily ? 'day' : 'month', weekday: 1, day: 1, time: '07:00' },
  };
}

/** Addresses as somebody types them: one in a line, or with commas between. */
export function addressesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

/** The same schedule as a new one. */
export function again(schedule: Schedule): Schemas['CreateSchedule'] {
  const { kind, format, period, locale, cron, to_folder, recipients } = schedule;
  return { kind, format, period, locale, cron, to_folder, recipients };
}
