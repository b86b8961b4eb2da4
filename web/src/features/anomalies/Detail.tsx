import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { useMay } from '@/auth/useSession';
import { DayChart } from '@/charts/DayChart';
import { formatMeasure, useFindingWords, type Finding } from '@/findings/words';
import { formatMoment } from '@/format/dates';
import { currencySign, formatAmount, formatCompact, formatMoney } from '@/format/money';
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
import { ErrorState, Skeleton } from '@/ui/states';
import styles from './anomalies.module.css';
import { daysOf, shownOf, usualOf } from './around';
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
      <Around finding={finding} currency={currency} />
      <EvidenceTable finding={finding} currency={currency} />
      <Judge key={finding.id} finding={finding} refusal={refusal} busy={busy} onJudge={onJudge} />
    </article>
  );
}

/** The days around: four weeks before the finding and after it, its own days in chili. */
function Around({ finding, currency }: { finding: Finding; currency: Currency }) {
  const { t } = useTranslation('anomalies');
  const { data, error, refetch } = useQuery({
    queryKey: ['findings', 'one', finding.id],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/analytics/anomalies/{id}', {
          params: { path: { id: finding.id } },
          signal,
        }),
      ),
  });
  if (!data) {
    return (
      <div className={styles['around']}>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton rows={5} widths={[100]} />
        )}
      </div>
    );
  }
  const shown = shownOf(data);
  const usual = usualOf(data);
  const format = (value: number) =>
    shown === 'money' ? formatMoney(value, currency) : formatQuantity(value);
  const short = (value: number, most = value) =>
    shown === 'money' ? formatCompact(value, currency, most) : formatQuantity(Math.round(value));
  return (
    <DayChart
      label={t(`around.${shown}`, { name: data.subject.name })}
      days={daysOf(data.days, shown)}
      height={210}
      format={format}
      formatTick={short}
      usual={
        usual && {
          ...usual,
          words: t('usual', { low: short(usual.low), high: short(usual.high) }),
        }
      }
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
            <Button
              disabled={busy || finding.state === 'to_follow'}
              aria-keyshortcuts="s"
              onClick={() => {
                onJudge('to_follow', note);
              }}
            >
              {t('verdict.to_follow')} <Kbd>S</Kbd>
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
