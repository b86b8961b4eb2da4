import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { useMay } from '@/auth/useSession';
import { DayChart } from '@/charts/DayChart';
import type { ChartDay } from '@/charts/scale';
import { formatMeasure, useFindingWords, type Finding } from '@/findings/words';
import { addDays, formatMoment } from '@/format/dates';
import { currencySign, formatAmount } from '@/format/money';
import { keepTogether } from '@/format/names';
import { formatQuantity } from '@/format/quantity';
import type { Currency } from '@/money/currencies';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { TextField } from '@/ui/fields';
import { Kbd } from '@/ui/Kbd';
import { Diamond } from '@/ui/marks';
import { Notice } from '@/ui/Notice';
import { Strip } from '@/ui/Strip';
import { Skeleton } from '@/ui/states';
import styles from './anomalies.module.css';
import { EvidenceTable } from './EvidenceTable';
import type { Verdict } from './inbox';

/** One finding: what was expected, what was seen, the days around, the evidence, the verdict. */
export function Detail({
  finding,
  currency,
  place,
  refusal,
  busy,
  onJudge,
}: {
  finding: Finding;
  currency: Currency;
  place: string;
  refusal: unknown;
  busy: boolean;
  onJudge: (verdict: Verdict, note: string) => void;
}) {
  const { t } = useTranslation('anomalies');
  const words = useFindingWords(currency);
  const { measure, actual, expected, expected_low: low, expected_high: high } = finding.figures;
  const figure = (value: number) => formatMeasure(value, measure, currency);
  const ratio = expected > 0 ? actual / expected : undefined;
  return (
    <article className={styles['detail']}>
      <div className={styles['top']}>
        <span className={styles['severity']}>
          <Diamond severity={finding.severity} label={words.severity(finding)} />
          <span aria-hidden="true">{words.severity(finding)}</span>
        </span>
        <span>{place}</span>
      </div>
      <h2 className={styles['name']}>{keepTogether(finding.subject.name)}</h2>
      <p className={styles['what']}>
        {`${words.kind(finding)}, ${words.days(finding)} : ${words.sentence(finding)}.`}
      </p>
      <div className={styles['strip']}>
        <Strip
          items={[
            {
              label: t('expected'),
              value: figure(expected),
              note:
                low < high ? t('expected_note', { low: figure(low), high: figure(high) }) : null,
            },
            {
              label: t('seen'),
              value: <span className={styles['bad']}>{figure(actual)}</span>,
              note:
                ratio !== undefined && ratio >= 0.01
                  ? t('times', {
                      ratio: formatQuantity(
                        ratio >= 10 ? Math.round(ratio) : Math.round(ratio * 100) / 100,
                      ),
                    })
                  : null,
            },
            {
              label: `${t('effect_head')}, ${currencySign(currency)}`,
              value: formatAmount(finding.effect_minor, currency, { signed: true }),
              note: t(finding.effect_minor < 0 ? 'effect_less' : 'effect_more'),
            },
          ]}
        />
      </div>
      <Around finding={finding} />
      <EvidenceTable finding={finding} currency={currency} />
      <Judge key={finding.id} finding={finding} refusal={refusal} busy={busy} onJudge={onJudge} />
    </article>
  );
}

/** The days around: those of the shop, else those that the finding is made of. */
function Around({ finding }: { finding: Finding }) {
  const { t } = useTranslation('anomalies');
  const isShop = finding.subject.type === 'shop' && finding.evidence[0]?.type === 'day';
  const from = addDays(finding.from, -15);
  const to = addDays(finding.to, 15);
  const around = useQuery({
    queryKey: ['findings', 'around', from, to],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/analytics/timeseries', { params: { query: { from, to } }, signal })),
    enabled: isShop,
  });
  const inside = (day: string) => day >= finding.from && day <= finding.to;
  if (isShop) {
    if (!around.data) return <Skeleton rows={5} widths={[100]} />;
    const days: ChartDay[] = around.data.points.map((point) => ({
      day: point.date,
      value: point.sales,
      ...(inside(point.date) && { tone: 'chili' as const }),
    }));
    return (
      <DayChart
        label={t('around')}
        days={days}
        height={190}
        format={formatQuantity}
        formatTick={(value) => formatQuantity(value)}
      />
    );
  }
  const days = finding.evidence.filter((one) => one.type === 'day' && one.quantity !== null);
  if (days.length < 3) return null;
  return (
    <DayChart
      label={t('by_day')}
      days={days.map((one) => ({ day: one.date, value: one.quantity ?? 0, tone: 'chili' }))}
      height={170}
      format={formatQuantity}
      formatTick={(value) => formatQuantity(value)}
      withoutFigures
    />
  );
}

function Judge({
  finding,
  refusal,
  busy,
  onJudge,
}: {
  finding: Finding;
  refusal: unknown;
  busy: boolean;
  onJudge: (verdict: Verdict, note: string) => void;
}) {
  const { t } = useTranslation('anomalies');
  const may = useMay();
  const { feedback, threshold } = finding;
  const [note, setNote] = useState(feedback?.note ?? '');
  return (
    <>
      {feedback && (
        <p className={styles['hint']}>
          {t('was_judged', {
            verdict: t(`verdict.${feedback.verdict}`).toLowerCase(),
            when: formatMoment(feedback.at),
          })}
          {feedback.note && ` « ${feedback.note} »`}
        </p>
      )}
      {threshold.answers > 0 && (
        <p className={styles['hint']}>
          {t('threshold', {
            multiple: formatQuantity(Math.round(threshold.multiple * 100) / 100),
            count: threshold.answers,
          })}
        </p>
      )}
      {may('judgeAnomalies') ? (
        <>
          <TextField
            label={t('note_label')}
            hideLabel
            placeholder={t('note')}
            maxLength={1000}
            value={note}
            onChange={(event) => {
              setNote(event.target.value);
            }}
          />
          {refusal ? <Notice alert title={problemSentence(asProblem(refusal))} /> : null}
          <div className={styles['verdicts']}>
            <Button
              disabled={busy}
              aria-keyshortcuts="n"
              onClick={() => {
                onJudge('normal', note);
              }}
            >
              {t('verdict.normal')} <Kbd>N</Kbd>
            </Button>
            <Button
              look="chili"
              disabled={busy}
              aria-keyshortcuts="e"
              onClick={() => {
                onJudge('problem', note);
              }}
            >
              {t('verdict.problem')} <Kbd inherit>E</Kbd>
            </Button>
          </div>
          <p className={styles['hint']}>{t('what_follows')}</p>
        </>
      ) : (
        <p className={cx(styles['hint'])}>{t('only_managers')}</p>
      )}
    </>
  );
}
