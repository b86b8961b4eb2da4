import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { Button } from '@/ui/Button';
import { PasswordField, TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { Section } from '@/ui/page';
import { ErrorState, Skeleton } from '@/ui/states';
import { useFieldErrors } from '@/ui/useFieldErrors';
import styles from './profile.module.css';

type Step =
  | { at: 'rest' }
  | { at: 'password'; to: 'begin' | 'remove' }
  | { at: 'secret'; secret: string }
  | { at: 'codes'; codes: string[] };

/** Two-step sign-in: a key for the app, a code that proves it, ten codes for the day without phone. */
export function SecondFactor() {
  const { t } = useTranslation('profile');
  const client = useQueryClient();
  const [step, setStep] = useState<Step>({ at: 'rest' });
  const [password, setPassword] = useState('');
  const [otp, setOtp] = useState('');
  const errors = useFieldErrors(['password', 'otp']);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['second-factor'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/auth/second-factor', { signal })),
  });
  const settle = async (next: Step) => {
    setStep(next);
    setOtp('');
    if (next.at !== 'password') setPassword('');
    errors.clear();
    await client.invalidateQueries({ queryKey: ['second-factor'] });
  };
  const begin = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/auth/second-factor', { body: { password } })),
    onSuccess: ({ secret }) => settle({ at: 'secret', secret }),
    onError: errors.take,
  });
  const confirm = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/auth/second-factor/confirm', { body: { otp } })),
    onSuccess: ({ recovery_codes }) => settle({ at: 'codes', codes: recovery_codes }),
    onError: errors.take,
  });
  const remove = useMutation({
    mutationFn: () =>
      ok(api.DELETE('/api/v1/auth/second-factor', { body: { password, ...(otp && { otp }) } })),
    onSuccess: () => settle({ at: 'rest' }),
    onError: errors.take,
  });
  const submit = () => {
    if (step.at === 'secret') confirm.mutate();
    else if (step.at === 'password') (step.to === 'begin' ? begin : remove).mutate();
  };

  return (
    <Section title={t('factor')} note={data?.required ? t('factor_required') : undefined}>
      {isPending && <Skeleton rows={1} widths={[100]} />}
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && (
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <p>
            {data.enabled ? t('factor_on') : t('factor_off')}
            {data.enabled && ` ${t('codes_left', { count: data.recovery_codes_left })}`}
          </p>
          {errors.rest && <Notice alert title={errors.rest} />}
          {step.at === 'rest' && (
            <div>
              <Button
                onClick={() => {
                  setStep({ at: 'password', to: data.enabled ? 'remove' : 'begin' });
                }}
              >
                {data.enabled ? t('factor_remove') : t('factor_begin')}
              </Button>
            </div>
          )}
          {step.at === 'password' && (
            <PasswordField
              label={t('factor_password')}
              required
              autoComplete="current-password"
              capsLockWords={t('caps')}
              error={errors.at('password')}
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
              }}
            />
          )}
          {step.at === 'secret' && (
            <div>
              <p>{t('factor_secret')}</p>
              <p className={styles['secret']}>{step.secret.replace(/(.{4})/g, '$1 ').trim()}</p>
              <p>{t('factor_secret_hint')}</p>
            </div>
          )}
          {(step.at === 'secret' || (step.at === 'password' && step.to === 'remove')) && (
            <TextField
              label={t('factor_code')}
              required
              inputMode="numeric"
              autoComplete="one-time-code"
              error={errors.at('otp')}
              value={otp}
              onChange={(event) => {
                setOtp(event.target.value);
              }}
            />
          )}
          {(step.at === 'password' || step.at === 'secret') && (
            <div>
              <Button type="submit" look="ink">
                {t('factor_confirm')}
              </Button>
            </div>
          )}
          {step.at === 'codes' && (
            <div>
              <p>{t('factor_codes')}</p>
              <ul className={styles['codes']}>
                {step.codes.map((code) => (
                  <li key={code}>{code}</li>
                ))}
              </ul>
              <p>{t('factor_codes_hint')}</p>
              <Button onClick={() => void settle({ at: 'rest' })}>{t('factor_done')}</Button>
            </div>
          )}
        </form>
      )}
    </Section>
  );
}
