import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { takeTokens } from '@/auth/session';
import { Button } from '@/ui/Button';
import { PasswordField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Section } from '@/ui/page';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import styles from './profile.module.css';

export function PasswordChange() {
  const { t } = useTranslation('profile');
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const errors = useFieldErrors(['current_password', 'new_password']);
  const change = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/auth/password', {
          body: { current_password: current, new_password: next },
        }),
      ),
    onSuccess: (pair) => {
      takeTokens(pair);
      setCurrent('');
      setNext('');
      errors.clear();
      toast(t('changed'));
      return client.invalidateQueries({ queryKey: ['sessions'] });
    },
    onError: errors.take,
  });
  return (
    <Section title={t('password')} note={t('password_note')}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <PasswordField
          label={t('current')}
          required
          autoComplete="current-password"
          capsLockWords={t('caps')}
          error={errors.at('current_password')}
          value={current}
          onChange={(event) => {
            setCurrent(event.target.value);
          }}
        />
        <PasswordField
          label={t('next')}
          hint={t('hint')}
          required
          minLength={8}
          maxLength={128}
          autoComplete="new-password"
          capsLockWords={t('caps')}
          error={errors.at('new_password')}
          value={next}
          onChange={(event) => {
            setNext(event.target.value);
          }}
        />
        <div>
          <Button type="submit" look="ink" aria-busy={change.isPending}>
            {t('change')}
          </Button>
        </div>
      </form>
    </Section>
  );
}
