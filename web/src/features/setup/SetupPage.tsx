import { IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, ok } from '@/api/client';
import { asProblem } from '@/api/problem';
import { openShop } from '@/auth/session';
import { useSession } from '@/auth/useSession';
import { Button } from '@/ui/Button';
import { CheckField, PasswordField, Segments, TextField } from '@/ui/fields';
import { Kbd } from '@/ui/Kbd';
import { Notice } from '@/ui/Notice';
import { PageTitle } from '@/ui/page';
import { Sign } from '@/ui/Sign';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { LanguageSwitch } from '../login/Cover';
import { FirstTicket } from './FirstTicket';
import { microsOf, zoneOf } from './answers';
import styles from './setup.module.css';

const FIELDS = ['token', 'shop_name', 'currency', 'name', 'email', 'password'];

export default function SetupPage() {
  const { t } = useTranslation('setup');
  const { t: common } = useTranslation();
  const { state } = useSession();
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const given = search.get('code') ?? '';
  const [token, setToken] = useState(given);
  const [shop, setShop] = useState('');
  const [currency, setCurrency] = useState<'CDF' | 'USD'>('CDF');
  const [both, setBoth] = useState(true);
  const [rate, setRate] = useState('');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [rateMissing, setRateMissing] = useState(false);
  const errors = useFieldErrors(FIELDS);
  const micros = microsOf(rate);

  const submit = async () => {
    setRateMissing(both && micros === undefined);
    if (both && micros === undefined) return;
    setBusy(true);
    errors.clear();
    try {
      await openShop({
        token: token.trim(),
        shop_name: shop.trim(),
        currency,
        name: name.trim(),
        email: email.trim(),
        password,
        ...zoneOf(),
      });
      if (both && micros !== undefined) await recordRate(micros);
      go('/', { replace: true });
    } catch (error) {
      errors.take(asProblem(error));
    } finally {
      setBusy(false);
    }
  };

  const recordRate = async (rate_micros: number) => {
    const body =
      currency === 'CDF'
        ? ({ currency: 'USD', rate_micros, rate_side: 'base_per_foreign' } as const)
        : ({ currency: 'CDF', rate_micros, rate_side: 'foreign_per_base' } as const);
    await ok(api.POST('/api/v1/rates', { body })).catch(() => {
      toast(t('rate_later'), { bad: true });
    });
  };

  if (state === 'in' && !busy) {
    return (
      <main className={styles['go']}>
        <PageTitle title={t('title')} hidden />
        <Notice title={t('signed_in')} />
        <Link href="/">{common('state.back')}</Link>
      </main>
    );
  }

  return (
    <div className={styles['page']}>
      <main className={styles['main']}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) void submit();
          }}
        >
          <header className={styles['head']}>
            <div className={styles['top']}>
              <div className={styles['brand']}>
                <Sign size={24} ink="var(--ink)" />
                SalesFlow
              </div>
              <LanguageSwitch />
            </div>
            <PageTitle title={t('title')} />
            <p>{t('lead')}</p>
          </header>
          {errors.rest && (
            <Notice alert title={errors.rest}>
              <Link href="/connexion">{t('to_login')}</Link>
            </Notice>
          )}
          {(given === '' || errors.at('token')) && (
            <Step number="">
              <TextField
                label={t('token')}
                hint={t('token_hint')}
                error={errors.at('token')}
                large
                required
                autoComplete="off"
                value={token}
                onChange={(event) => {
                  setToken(event.target.value);
                }}
              />
            </Step>
          )}
          <Step number="1">
            <TextField
              label={t('shop')}
              hint={t('shop_hint')}
              error={errors.at('shop_name')}
              large
              required
              maxLength={100}
              autoComplete="organization"
              value={shop}
              onChange={(event) => {
                setShop(event.target.value);
              }}
            />
          </Step>
          <Step number="2">
            <h2>{t('currency')}</h2>
            <Segments
              label={t('currency')}
              value={currency}
              onChange={setCurrency}
              className={styles['currency']}
              options={[
                { value: 'CDF', label: t('cdf') },
                { value: 'USD', label: t('usd') },
              ]}
            />
            <div className={styles['row']}>
              <CheckField
                checked={both}
                onChange={(event) => {
                  setBoth(event.target.checked);
                }}
              >
                {currency === 'CDF' ? t('dollars') : t('francs')}
              </CheckField>
              {both && (
                <div className={styles['rate']}>
                  <TextField
                    label={t('rate')}
                    hideLabel
                    large
                    icon={'1\u00a0$ ='}
                    unit="FC"
                    inputMode="decimal"
                    autoComplete="off"
                    error={rateMissing ? t('rate_wrong') : undefined}
                    value={rate}
                    onChange={(event) => {
                      setRate(event.target.value);
                      setRateMissing(false);
                    }}
                  />
                </div>
              )}
            </div>
          </Step>
          <Step number="3" wide>
            <h2>{t('owner')}</h2>
            <div className={styles['people']}>
              <TextField
                label={t('name')}
                quiet
                large
                required
                maxLength={120}
                autoComplete="name"
                error={errors.at('name')}
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                }}
              />
              <TextField
                label={t('email')}
                quiet
                large
                required
                type="email"
                autoComplete="username"
                error={errors.at('email')}
                value={email}
                onChange={(event) => {
                  setEmail(event.target.value);
                }}
              />
              <PasswordField
                label={t('password')}
                quiet
                large
                required
                minLength={8}
                maxLength={128}
                autoComplete="new-password"
                capsLockWords={t('caps')}
                error={errors.at('password')}
                value={password}
                onChange={(event) => {
                  setPassword(event.target.value);
                }}
              />
            </div>
            <p className={styles['quiet']}>
              {[...password].length >= 8 && (
                <span className={styles['good']}>
                  <IconCheck size={14} stroke={2} aria-hidden /> {t('long_enough')}{' '}
                </span>
              )}
              {t('password_hint')}
            </p>
          </Step>
          <div className={styles['go']}>
            <Button type="submit" look="ink" size="large" aria-busy={busy}>
              {busy ? t('busy') : t('submit')}
              <Kbd inherit>{common('key.enter')}</Kbd>
            </Button>
            <p className={styles['quiet']}>
              {t('stays')}
              <br />
              {t('stays_2')}
            </p>
          </div>
        </form>
      </main>
      <aside className={styles['side']} aria-label={t('ticket')}>
        <div className={styles['sideHead']}>
          <h2>{t('ticket')}</h2>
          <p>{t('ticket_lead')}</p>
        </div>
        <FirstTicket
          shop={shop}
          owner={name}
          currency={currency}
          rateMicros={both ? micros : undefined}
        />
      </aside>
    </div>
  );
}

function Step({
  number,
  wide,
  children,
}: {
  number: string;
  wide?: boolean;
  children: React.ReactNode;
}) {
  return (
    <section className={`${styles['step'] ?? ''} ${wide ? (styles['last'] ?? '') : ''}`}>
      <div className={styles['number']} aria-hidden="true">
        {number}
      </div>
      <div className={`${styles['answer'] ?? ''} ${wide ? (styles['wide'] ?? '') : ''}`}>
        {children}
      </div>
    </section>
  );
}
