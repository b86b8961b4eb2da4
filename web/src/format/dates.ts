/** Dates and times in the shop's zone, whatever the zone of the machine. */

import { locale, tidy } from './locale';

let zone = 'Africa/Kinshasa';

/** Called when the settings of the shop are known. */
export function setTimeZone(next: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: next });
    zone = next;
  } catch {
    // A zone that this browser does not know: the one before is kept.
  }
}

export function timeZone(): string {
  return zone;
}

type Moment = string | number | Date;

function format(moment: Moment, options: Intl.DateTimeFormatOptions): string {
  const date = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options });
  // French says "1er juin"; its figures alone, "01/06/2026", stay figures.
  const isWords = options.day === 'numeric' && locale().startsWith('fr');
  const words = date
    .formatToParts(new Date(moment))
    .map(({ type, value }) => (isWords && type === 'day' && value === '1' ? '1er' : value));
  return tidy(words.join(''));
}

/** "18 oct." */
export const formatDay = (moment: Moment): string =>
  format(moment, { day: 'numeric', month: 'short' });

/** "sam. 28 nov." */
export const formatWeekday = (moment: Moment): string =>
  format(moment, { weekday: 'short', day: 'numeric', month: 'short' });

/** "samedi" */
export const formatWeekdayName = (moment: Moment): string => format(moment, { weekday: 'long' });

/** "28 nov. 2026" */
export const formatDate = (moment: Moment): string =>
  format(moment, { day: 'numeric', month: 'short', year: 'numeric' });

/** "19:34" */
export const formatTime = (moment: Moment): string =>
  format(moment, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** "28 nov. 19:34" */
export const formatMoment = (moment: Moment): string =>
  `${formatDay(moment)} ${formatTime(moment)}`;

/** "28/11/2026 17:51": receipts. */
export const formatReceiptMoment = (moment: Moment): string =>
  `${format(moment, { day: '2-digit', month: '2-digit', year: 'numeric' })} ${formatTime(moment)}`;

/** The shop's day of a moment, "2026-11-28". */
export function shopDay(moment: Moment = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(moment));
}

/** A day so many days later or earlier; plain dates, no zone in it. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** A plain day for {@link formatDay} and its kin: noon UTC lies in the same day nearly everywhere. */
export function dayMoment(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

/** "12 min", "1 h 33", "3 j": an age, the unit given by the words of the language. */
export function formatAge(
  milliseconds: number,
  words: { seconds: string; minutes: string; hours: string; days: string },
): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const nbsp = '\u00a0';
  if (seconds < 60) return `${seconds}${nbsp}${words.seconds}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${nbsp}${words.minutes}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    const rest = minutes % 60;
    return `${hours}${nbsp}${words.hours}${rest ? `${nbsp}${String(rest).padStart(2, '0')}` : ''}`;
  }
  return `${Math.floor(hours / 24)}${nbsp}${words.days}`;
}

/** "octobre 2026": the month of a plain day. */
export const formatMonth = (day: string): string =>
  tidy(
    new Intl.DateTimeFormat(locale(), { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(
      dayMoment(day),
    ),
  );
