/** The questions about users: a new one, another name, another password, no second step any more. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import type { Role } from '@/auth/roles';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { PasswordField, TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { SelectField } from '@/ui/SelectField';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { proposePassword } from '../password';
import type { User } from '../queries';
import styles from '../users.module.css';
import { ROLES } from './RoleMatrix';

function useSettled() {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ['audit'] });
    return client.invalidateQueries({ queryKey: ['users'] });
  };
}

export function NewUserDialog({ onClose }: { onClose: (user?: User) => void }) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const settle = useSettled();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('cashier');
  const [password, setPassword] = useState('');
  const errors = useFieldErrors(['name', 'email', 'role', 'password']);
  const create = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/users', {
          body: { name: name.trim(), email: email.trim(), role, password },
        }),
      ),
    onSuccess: async (user) => {
      toast(t('created', { name: user.name }));
      await settle();
      onClose(user);
    },
    onError: errors.take,
  });
  return (
    <Dialog
      title={t('new_title')}
      opened
      onClose={() => {
        onClose();
      }}
    >
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!create.isPending) create.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <TextField
          label={t('name')}
          required
          maxLength={120}
          autoComplete="off"
          data-autofocus
          error={errors.at('name')}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <TextField
          label={t('email')}
          type="email"
          required
          maxLength={254}
          autoComplete="off"
          error={errors.at('email')}
          value={email}
          onChange={(event) => {
            setEmail(event.target.value);
          }}
        />
        <SelectField
          label={t('role')}
          value={role}
          hint={t(`about.${role}`)}
          error={errors.at('role')}
          options={ROLES.map((value) => ({ value, label: common(`role.${value}`) }))}
          onChange={(value) => {
            setRole(value as Role);
          }}
        />
        <FirstPassword
          label={t('password_first')}
          value={password}
          onChange={setPassword}
          error={errors.at('password')}
        />
        <DialogActions>
          <Button
            onClick={() => {
              onClose();
            }}
          >
            {common('action.cancel')}
          </Button>
          <Button type="submit" look="ink" aria-busy={create.isPending}>
            {t('create')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** A password for somebody else: typed, or proposed and then shown. */
function FirstPassword({
  label,
  value,
  onChange,
  error,
}: {
  label: string;
  value: string;
  onChange: (password: string) => void;
  error: string | undefined;
}) {
  const { t } = useTranslation('users');
  const [proposed, setProposed] = useState('');
  return (
    <div>
      <PasswordField
        label={label}
        required
        minLength={8}
        maxLength={128}
        autoComplete="new-password"
        capsLockWords={t('caps')}
        hint={t('password_hint')}
        error={error}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setProposed('');
        }}
      />
      <p className={styles['proposal']} role="status">
        <Button
          look="link"
          onClick={() => {
            const next = proposePassword();
            setProposed(next);
            onChange(next);
          }}
        >
          {t('propose')}
        </Button>
        {proposed && <span>{t('proposed', { password: proposed })}</span>}
      </p>
    </div>
  );
}

export function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const settle = useSettled();
  const [password, setPassword] = useState('');
  const errors = useFieldErrors(['password']);
  const reset = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/users/{id}/password', {
          params: { path: { id: user.id } },
          body: { password },
        }),
      ),
    onSuccess: () => {
      toast(t('password_changed', { name: user.name }));
      onClose();
      return settle();
    },
    onError: errors.take,
  });
  return (
    <Dialog title={t('password_title', { name: user.name })} opened onClose={onClose}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!reset.isPending) reset.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <FirstPassword
          label={t('password')}
          value={password}
          onChange={setPassword}
          error={errors.at('password')}
        />
        <p className={styles['quiet']}>{t('password_ends')}</p>
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink" aria-busy={reset.isPending}>
            {common('action.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function RenameDialog({
  user,
  onClose,
  onRename,
}: {
  user: User;
  onClose: () => void;
  onRename: (name: string) => void;
}) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const [name, setName] = useState(user.name);
  return (
    <Dialog title={t('rename_title', { name: user.name })} opened onClose={onClose}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && name.trim() !== user.name) onRename(name.trim());
          onClose();
        }}
      >
        <TextField
          label={t('name')}
          required
          maxLength={120}
          autoComplete="off"
          data-autofocus
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink">
            {common('action.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function SecondFactorDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation('users');
  const { t: common } = useTranslation();
  const settle = useSettled();
  const errors = useFieldErrors([]);
  const remove = useMutation({
    mutationFn: () =>
      ok(api.DELETE('/api/v1/users/{id}/second-factor', { params: { path: { id: user.id } } })),
    onSuccess: () => {
      toast(t('factor_removed', { name: user.name }));
      onClose();
      return settle();
    },
    onError: errors.take,
  });
  return (
    <Dialog title={t('factor_title', { name: user.name })} opened onClose={onClose}>
      {errors.rest && <Notice alert title={errors.rest} />}
      <p>{t('factor_why')}</p>
      <DialogActions>
        <Button onClick={onClose}>{common('action.cancel')}</Button>
        <Button
          look="chili"
          aria-busy={remove.isPending}
          onClick={() => {
            if (!remove.isPending) remove.mutate();
          }}
        >
          {t('factor_off')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
