import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, problemSentence } from '@/api/problem';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { Notice } from '@/ui/Notice';
import { importQuery, undo } from './api';

/** Takes a whole import back, after a question: stock moves, so the server decides what can. */
export function UndoImport({ id }: { id: string }) {
  const { t } = useTranslation('imports');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const take = useMutation({
    mutationFn: () => undo(id, key),
    onSuccess: async (read) => {
      setOpened(false);
      client.setQueryData(importQuery(id).queryKey, read);
      await client.invalidateQueries({ refetchType: 'none' });
    },
    onError: (failure) => {
      if (!asProblem(failure).isTransient) setKey(crypto.randomUUID());
    },
  });
  const problem = take.error && asProblem(take.error);
  return (
    <>
      <Button
        look="chili"
        onClick={() => {
          setOpened(true);
        }}
      >
        {t('undo')}
      </Button>
      <Dialog
        title={t('undo_title')}
        opened={opened}
        onClose={() => {
          setOpened(false);
        }}
        size={480}
      >
        <p>{t('undo_what')}</p>
        <p style={{ marginTop: 8 }}>{t('undo_keeps')}</p>
        {problem && (
          <Notice alert title={problemSentence(problem)}>
            {problem.isUnreachable ? t('not_known') : null}
          </Notice>
        )}
        <DialogActions>
          <Button
            onClick={() => {
              setOpened(false);
            }}
          >
            {common('action.back')}
          </Button>
          <Button
            look="chili"
            disabled={take.isPending}
            onClick={() => {
              take.mutate();
            }}
          >
            {take.isPending ? t('undoing') : t('undo')}
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
