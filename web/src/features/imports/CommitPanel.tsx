import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { setBusy } from '@/app/version';
import { asProblem, problemSentence } from '@/api/problem';
import { formatQuantity } from '@/format/quantity';
import { currentLanguage } from '@/i18n';
import type { Currency } from '@/money/currencies';
import { Button, ButtonLink } from '@/ui/Button';
import { CheckField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Section } from '@/ui/page';
import { commit, importQuery, type Import } from './api';
import { EffectRows } from './EffectRows';
import styles from './imports.module.css';
import { Take } from './Take';

/** What a commit would do, and the commit: one transaction, asked for again under the same key. */
export function CommitPanel({ found, currency }: { found: Import; currency: Currency }) {
  const { t } = useTranslation('imports');
  const client = useQueryClient();
  const [, go] = useLocation();
  const [accepted, setAccepted] = useState(false);
  const [checked, setChecked] = useState(false);
  // Kept over retries without an answer; after a refusal the next try is another deed.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const { counts } = found;
  const rows = counts.new + counts.changed;
  const warnings = counts.warning + found.issues.length;
  const needsLook = warnings > 0;
  const big = found.effects.big_changes ?? 0;
  const write = useMutation({
    mutationFn: () =>
      commit(found.id, key, {
        skip_errors: counts.error > 0,
        accept_warnings: accepted,
        accept_big_changes: checked,
      }),
    onMutate: () => {
      setBusy('import', true);
    },
    onSuccess: async (written) => {
      client.setQueryData(importQuery(found.id).queryKey, written);
      go(`/import/${found.id}/validation`);
      await client.invalidateQueries({ refetchType: 'none' });
    },
    onError: (failure) => {
      if (!asProblem(failure).isTransient) setKey(crypto.randomUUID());
    },
    onSettled: () => {
      setBusy('import', false);
    },
  });
  const problem = write.error && asProblem(write.error);
  const stale = problem?.is('import.stale') ?? false;
  if (found.state !== 'previewed') {
    return (
      <aside>
        <Section title={t('done_title')}>
          <EffectRows effects={found.effects} currency={currency} />
        </Section>
      </aside>
    );
  }
  return (
    <aside>
      <Section title={t('if_you_commit')}>
        <EffectRows effects={found.effects} currency={currency} />
      </Section>
      <p className={styles['promise']}>{t('promise_commit')}</p>
      <div className={styles['consents']}>
        {needsLook && (
          <CheckField
            checked={accepted}
            onChange={(event) => {
              setAccepted(event.target.checked);
            }}
          >
            {t('looked_at', { count: warnings })}
          </CheckField>
        )}
        {big > 0 && (
          <CheckField
            checked={checked}
            onChange={(event) => {
              setChecked(event.target.checked);
            }}
          >
            {t('big_changes', { count: big })}
          </CheckField>
        )}
      </div>
      {problem && (
        <Notice alert title={problemSentence(problem)}>
          {problem.isUnreachable ? t('not_known') : stale ? null : problem.message}
        </Notice>
      )}
      {stale && (
        <ButtonLink to="/import" className={styles['wide'] ?? ''}>
          {t('send_another')}
        </ButtonLink>
      )}
      <Button
        look="mango"
        size="large"
        className={styles['wide']}
        disabled={
          rows === 0 || write.isPending || (needsLook && !accepted) || (big > 0 && !checked)
        }
        onClick={() => {
          write.mutate();
        }}
      >
        {write.isPending
          ? t('writing', { rows: formatQuantity(rows) })
          : t('commit', { count: rows, rows: formatQuantity(rows) })}
      </Button>
      <p className={styles['hint']} aria-live="polite">
        {rows === 0
          ? t('nothing_to_write')
          : counts.error > 0
            ? t('errors_left', { count: counts.error })
            : t('one_go')}
      </p>
      {counts.error > 0 && (
        <Take
          path={`/api/v1/imports/${found.id}/errors.xlsx?lang=${currentLanguage()}`}
          name="erreurs.xlsx"
          className={styles['errorsFile']}
        >
          {t('errors_file', { count: counts.error })}
        </Take>
      )}
    </aside>
  );
}
