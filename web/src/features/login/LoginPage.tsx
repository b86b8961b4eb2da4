import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'wouter';
import { asProblem, fieldSentence, problemSentence, type Problem } from '@/api/problem';
import { signIn } from '@/auth/session';
import { useSession } from '@/auth/useSession';
import { Button } from '@/ui/Button';
import { PasswordField, TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { PageTitle } from '@/ui/page';
import { Cover, LanguageSwitch } from './Cover';
import { useOutboxCounts } from '@/outbox/useOutboxCounts';
import styles from './login.module.css';

export default function LoginPage() {
  const { t } = useTranslation('login');
  const { state, user } = useSession();
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const { waiting } = useOutboxCounts();
  const next = safeAddress(search.get('suite'));
  useEffect(() => {
    if (state === 'in') go(next, { replace: true });
  }, [state, next, go]);
  return (
    <div className={styles['page']}>
      <Cover />
      <main className={styles['main']}>
        <div className={styles['language']}>
          <LanguageSwitch />
        </div>
        <div className={styles['form']}>
          <PageTitle title={t('title')} />
          {waiting > 0 && <Notice title={t('kept', { count: waiting })} />}
          <LoginForm email={user?.email ?? ''} />
          <p className={styles['quiet']}>{t('forgotten')}</p>
          <p className={styles['quiet']}>
            <Link href="/ouverture">{t('first')}</Link>
          </p>
        </div>
      </main>
    </div>
  );
}

/** Only an address of the app itself: never one of another site. */
function safeAddress(next: string | null): string {
  return next?.startsWith('/') && !next.startsWith('//') && next !== '/connexion' ? next : '/';
}

function LoginForm({ email: known }: { email: string }) {
  const { t } = useTranslation('login');
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [otp, setOtp] = useState<string>();
  const [refusal, setRefusal] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const wait = useWait(refusal);

  const submit = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await signIn(email.trim(), password, otp);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.is('auth.second_factor_required')) setOtp('');
      else setRefusal(problem);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      style={{ display: 'contents' }}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && wait === undefined) void submit();
      }}
    >
      {refusal && (
        <Notice alert title={problemSentence(refusal)}>
          {wait ? t('wait', { time: wait }) : refusal.errors.map(fieldSentence).join(' ')}
        </Notice>
      )}
      {otp === undefined ? (
        <>
          <TextField
            label={t('email')}
            large
            type="email"
            name="email"
            autoComplete="username"
            required
            // The one thing to do on this page.

            autoFocus={known === ''}
            value={email}
            onChange={(event) => {
              setEmail(event.target.value);
            }}
          />
          <PasswordField
            label={t('password')}
            large
            name="password"
            autoComplete="current-password"
            required
            capsLockWords={t('caps')}

            autoFocus={known !== ''}
            value={password}
            onChange={(event) => {
              setPassword(event.target.value);
            }}
          />
        </>
      ) : (
        <TextField
          label={t('otp')}
          hint={t('otp_hint')}
          large
          name="otp"
          autoComplete="one-time-code"
          inputMode="numeric"
          required

          autoFocus
          value={otp}
          onChange={(event) => {
            setOtp(event.target.value);
          }}
        />
      )}
      <Button type="submit" look="ink" size="large" disabled={wait !== undefined} aria-busy={busy}>
        {busy ? t('busy') : t('submit')}
      </Button>
      {otp !== undefined && (
        <Button
          look="link"
          onClick={() => {
            setOtp(undefined);
          }}
        >
          {t('other')}
        </Button>
      )}
    </form>
  );
}

/** The time that is left of a pause, as "14:59", counted down. */
function useWait(refusal: Problem | undefined): string | undefined {
  const [now, setNow] = useState(0);
  const began = refusal?.at ?? 0;
  const pause = refusal?.retryAfter ?? 0;
  useEffect(() => {
    if (pause === 0) return;
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [pause, began]);
  const seconds = Math.ceil((began + pause * 1000 - Math.max(now, began)) / 1000);
  if (pause === 0 || seconds <= 0) return undefined;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
