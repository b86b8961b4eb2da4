import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { hasEnded, useJob } from '@/api/jobs';
import { asProblem, problemSentence } from '@/api/problem';
import { useMay } from '@/auth/useSession';
import { Button } from '@/ui/Button';
import { Progress } from '@/ui/marks';
import { toast } from '@/ui/toasts';

/** Orders a new model, and shows how far it is. */
export function Refit() {
  const { t } = useTranslation('forecasts');
  const client = useQueryClient();
  const may = useMay();
  const [id, setId] = useState<string>();
  const job = useJob(id);
  const order = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/analytics/forecasts/refit', {})),
    onSuccess: (ordered) => {
      setId(ordered.id);
      toast(t('refit_ordered'));
    },
    onError: (failure) => {
      toast(problemSentence(asProblem(failure)), { bad: true });
    },
  });
  const ended = job && hasEnded(job) ? job : undefined;
  const state = ended?.state;
  const why = ended?.error?.detail ?? '';
  useEffect(() => {
    if (!state) return;
    if (state === 'done') {
      void client.invalidateQueries({ queryKey: ['forecasts'] });
      toast(t('refit_done'));
    } else if (state === 'failed') toast(t('refit_failed', { why }), { bad: true });
  }, [client, state, t, why]);
  if (!may('manageJobs')) return null;
  if (id && !state) {
    return <Progress value={job?.progress ?? 0} label={t('refitting')} />;
  }
  return (
    <Button
      disabled={order.isPending}
      onClick={() => {
        order.mutate();
      }}
    >
      <IconRefresh size={18} stroke={1.7} aria-hidden />
      {t('refit')}
    </Button>
  );
}
