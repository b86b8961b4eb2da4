import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { allPages, api, ok, type Schemas } from '@/api/client';
import { asProblem, problemSentence } from '@/api/problem';
import { formatMoment } from '@/format/dates';
import { Button } from '@/ui/Button';
import { Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { Table } from '@/ui/Table';
import { toast } from '@/ui/toasts';
import { deviceName } from './device';

/** The devices on which one is signed in; any but this one can be ended. */
export function Sessions() {
  const { t } = useTranslation('profile');
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['sessions', 'own'],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        ok(
          api.GET('/api/v1/auth/sessions', {
            params: { query: { limit: 100, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        ),
      ),
  });
  const end = useMutation({
    mutationFn: (id: string) =>
      ok(api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      toast(t('closed'));
    },
    onError: (failure) => {
      toast(problemSentence(asProblem(failure)), { bad: true });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Section title={t('sessions')} note={t('sessions_note')}>
      <Table<Schemas['Session']>
        caption={t('sessions')}
        rows={data ?? []}
        rowKey={(session) => session.id}
        columns={[
          {
            key: 'device',
            head: t('device'),
            rowHead: true,
            cell: (session) => deviceName(session.user_agent) ?? t('unknown_device'),
          },
          { key: 'address', head: t('address'), quiet: true, cell: (session) => session.address },
          {
            key: 'used',
            head: t('used'),
            cell: (session) =>
              session.current ? t('this_device') : formatMoment(session.last_used_at),
          },
          {
            key: 'began',
            head: t('began'),
            quiet: true,
            cell: (session) => formatMoment(session.created_at),
          },
          {
            key: 'end',
            head: <span className="visually-hidden">{t('close')}</span>,
            figure: true,
            cell: (session) =>
              session.current ? null : (
                <Button
                  look="link"
                  disabled={end.isPending}
                  onClick={() => {
                    end.mutate(session.id);
                  }}
                >
                  {t('close')}
                </Button>
              ),
          },
        ]}
        instead={
          isPending ? (
            <Skeleton rows={2} widths={[30, 20, 20, 20, 10]} />
          ) : error && !data ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : undefined
        }
      />
    </Section>
  );
}
