/** Findings in words: the server sends codes and figures, the sentences are made here. */

import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { dayMoment, formatDay } from '@/format/dates';
import { formatMoney } from '@/format/money';
import { formatPercent, formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';

export type Finding = Schemas['Anomaly'];

/** A figure of a finding in its unit: units, money, a share, minutes, a number. */
export function formatMeasure(
  value: number,
  measure: Schemas['Measure'],
  currency: Currency,
): string {
  switch (measure) {
    case 'minor':
    case 'minor_per_unit':
      return formatMoney(Math.round(value), currency);
    case 'share':
      return formatPercent(value);
    case 'minutes':
      return formatMinutes(Math.round(value));
    default:
      return formatQuantity(roughly(value));
  }
}

/** "42 min" or "13 h 06": the same in both languages. */
function formatMinutes(minutes: number): string {
  if (minutes < 60) return `${minutes}\u00a0min`;
  const rest = String(minutes % 60).padStart(2, '0');
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${rest}`;
}

/** An expectation is no exact figure: whole from ten on, one decimal below. */
function roughly(value: number): number {
  if (Number.isInteger(value)) return value;
  return Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
}

/** "18 oct." or "21–28 nov." */
export function findingDays(finding: Pick<Finding, 'from' | 'to'>): string {
  const to = formatDay(dayMoment(finding.to));
  if (finding.from === finding.to) return to;
  const from = formatDay(dayMoment(finding.from));
  const [day = '', month] = from.split(/[ \u00a0]/);
  return to.endsWith(month ?? '-') ? `${day}–${to}` : `${from} – ${to}`;
}

/** Every figure that a sentence may name. */
function figuresOf(finding: Finding, currency: Currency): Record<string, string> {
  const { measure, actual, expected } = finding.figures;
  const figures: Record<string, string> = {
    actual: formatMeasure(actual, measure, currency),
    expected: formatMeasure(expected, measure, currency),
  };
  const params = finding.explanation.params as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'number') continue;
    if (name.endsWith('_minor')) figures[name.slice(0, -6)] = formatMoney(value, currency);
    else figures[name] = formatQuantity(name === 'number' ? value : roughly(value));
  }
  return figures;
}

/** The words of a finding: its kind, its sentence, its days. */
export function useFindingWords(currency: Currency) {
  const { t } = useTranslation('findings');
  return {
    kind: (finding: Finding) => t(`kind.${finding.kind}`),
    severity: (finding: Finding) => t(`severity.${finding.severity}`),
    sentence: (finding: Finding) => {
      // The codes have dots in them; and a newer server may have one that is not known here.
      const words = t as unknown as (key: string[], options: object) => string;
      const key = `says/${finding.explanation.code}`;
      return words([key], {
        ...figuresOf(finding, currency),
        keySeparator: '/',
        defaultValue: t(`kind.${finding.kind}`),
      });
    },
    days: findingDays,
  };
}

const WEIGHT = { high: 3, medium: 2, low: 1 } as const;

/** The gravest first, then by money, then the newest. */
export function byGravity(a: Finding, b: Finding): number {
  return (
    WEIGHT[b.severity] - WEIGHT[a.severity] ||
    Math.abs(b.effect_minor) - Math.abs(a.effect_minor) ||
    b.from.localeCompare(a.from)
  );
}
