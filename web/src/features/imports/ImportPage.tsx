import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'wouter';
import { asProblem } from '@/api/problem';
import { formatMoment } from '@/format/dates';
import { ButtonLink } from '@/ui/Button';
import { Page, PageHeader } from '@/ui/page';
import { ErrorState, NoRecords, Skeleton } from '@/ui/states';
import { importQuery, type Import } from './api';
import { CheckStep } from './CheckStep';
import { ColumnsStep } from './ColumnsStep';
import { DoneStep } from './DoneStep';
import { Steps } from './Steps';
import { stepOf } from './steps';

/** One import, at the step that its address names and its state allows. */
export default function ImportPage() {
  const { t } = useTranslation('imports');
  const { id = '', step: word } = useParams<{ id: string; step?: string }>();
  const { data: found, error, refetch } = useQuery(importQuery(id));
  if (!found) {
    const problem = error ? asProblem(error) : undefined;
    return (
      <Page>
        <PageHeader title={t('title')} />
        {problem?.status === 404 || problem?.status === 400 ? (
          <NoRecords
            title={t('gone')}
            actions={
              <ButtonLink to="/import" look="ink">
                {t('send_another')}
              </ButtonLink>
            }
          >
            {t('gone_why')}
          </NoRecords>
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton rows={10} widths={[10, 10, 40, 20, 20]} />
        )}
      </Page>
    );
  }
  const step = stepOf(word, found);
  return (
    <Page>
      <PageHeader
        title={t(`title_of.${found.kind}`)}
        counts={`${found.file_name}, ${whenWords(found, t)}`}
      />
      <Steps current={step} found={found} />
      {step === 'colonnes' && found.layout ? (
        <ColumnsStep key={found.id} found={found} layout={found.layout} />
      ) : step === 'verification' ? (
        <CheckStep found={found} />
      ) : (
        <DoneStep found={found} />
      )}
    </Page>
  );
}

function whenWords(found: Import, t: ReturnType<typeof useTranslation<'imports'>>['t']): string {
  if (found.committed_at) return t('written_at', { when: formatMoment(found.committed_at) });
  const sent = t('sent_at', { when: formatMoment(found.created_at) });
  return found.state === 'expired' || found.state === 'failed'
    ? sent
    : `${sent}, ${t('kept_until', { when: formatMoment(found.expires_at) })}`;
}
