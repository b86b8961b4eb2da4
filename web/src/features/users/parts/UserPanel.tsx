import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate } from '@/format/dates';
import { Button } from '@/ui/Button';
import { Details } from '@/ui/Details';
import { useChangeUser, type User } from '../queries';
import styles from '../users.module.css';
import { PasswordDialog, RenameDialog, SecondFactorDialog } from './dialogs';
import { RoleSelect } from './RoleSelect';

type Question = 'rename' | 'password' | 'factor';

/** One user: the facts, and what an owner may do to the account. */
export function UserPanel({ user, isSelf }: { user: User; isSelf: boolean }) {
  const { t } = useTranslation('users');
  const [question, setQuestion] = useState<Question>();
  const change = useChangeUser();
  const close = () => {
    setQuestion(undefined);
  };
  const ask = (next: Question) => () => {
    setQuestion(next);
  };
  const setDisabled = (disabled: boolean) => {
    const name = { name: user.name };
    change.mutate({
      user,
      change: { disabled },
      words: disabled ? t('suspended_toast', name) : t('reopened_toast', name),
      undo: { disabled: !disabled },
    });
  };
  return (
    <>
      <p className={styles['quiet']}>{t('panel_since', { date: formatDate(user.created_at) })}</p>
      <div className={styles['facts']}>
        <Details
          items={[
            {
              label: t('name'),
              value: user.name,
              action: (
                <Button look="link" onClick={ask('rename')}>
                  {t('rename')}
                </Button>
              ),
            },
            { label: t('email'), value: user.email },
            { label: t('role'), value: <RoleSelect user={user} /> },
            { label: t('access'), value: <AccessWords user={user} /> },
          ]}
        />
      </div>
      {!isSelf && (
        <div className={styles['deedsOf']}>
          <Button onClick={ask('password')}>{t('password')}</Button>
          {user.second_factor && <Button onClick={ask('factor')}>{t('factor_off')}</Button>}
          <Button
            look={user.disabled ? 'plain' : 'chili'}
            onClick={() => {
              setDisabled(!user.disabled);
            }}
          >
            {user.disabled ? t('reopen') : t('suspend')}
          </Button>
        </div>
      )}
      <p className={styles['quiet']}>{t('panel_note')}</p>
      {question === 'rename' && (
        <RenameDialog
          user={user}
          onClose={close}
          onRename={(name) => {
            change.mutate({ user, change: { name }, words: t('renamed') });
          }}
        />
      )}
      {question === 'password' && <PasswordDialog user={user} onClose={close} />}
      {question === 'factor' && <SecondFactorDialog user={user} onClose={close} />}
    </>
  );
}

export function AccessWords({ user }: { user: User }) {
  const { t } = useTranslation('users');
  if (user.disabled) return <span className={styles['suspended']}>{t('suspended')}</span>;
  return <>{user.second_factor ? t('two_steps') : t('active')}</>;
}
