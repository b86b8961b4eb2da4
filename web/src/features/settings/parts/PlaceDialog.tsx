import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { locationsQuery } from '@/api/queries';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { changePlace, type Place } from '../places';
import styles from '../settings.module.css';

/** A new place, or another name for one. */
export function PlaceDialog({ place, onClose }: { place: Place | undefined; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(place?.name ?? '');
  const errors = useFieldErrors(['name']);
  const save = useMutation({
    mutationFn: () =>
      place
        ? changePlace(place.id, { name: name.trim() })
        : ok(api.POST('/api/v1/locations', { body: { name: name.trim() } })),
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: locationsQuery.queryKey });
      toast(t('place_saved', { name: saved.name }));
      onClose();
    },
    onError: errors.take,
  });
  return (
    <Dialog title={t(place ? 'place_rename' : 'place_new')} opened onClose={onClose}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          errors.clear();
          if (!save.isPending) save.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <TextField
          label={t('place')}
          required
          maxLength={100}
          autoComplete="off"
          data-autofocus
          error={errors.at('name')}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink" aria-busy={save.isPending}>
            {common('action.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
