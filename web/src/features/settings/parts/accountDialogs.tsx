import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, idempotencyKey, ok } from '@/api/client';
import { asProblem } from '@/api/problem';
import { accountsQuery } from '@/api/queries';
import { Button } from '@/ui/Button';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { TextField } from '@/ui/fields';
import { Notice } from '@/ui/Notice';
import { SelectField } from '@/ui/SelectField';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { renameAccount, type Account } from '../queries';
import styles from '../settings.module.css';

const METHODS = ['mobile_money', 'card', 'bank_transfer'] as const;

export function AccountDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [method, setMethod] = useState<Account['method']>('mobile_money');
  // One for each try that may have arrived: a refused one was none.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const errors = useFieldErrors(['name', 'method']);
  const create = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/payment-accounts', {
          params: { header: idempotencyKey(key) },
          body: { name: name.trim(), method },
        }),
      ),
    onSuccess: async (account) => {
      await client.invalidateQueries({ queryKey: accountsQuery.queryKey });
      toast(t('account_created', { name: account.name }));
      onClose();
    },
    onError: (failure) => {
      errors.take(failure);
      if (!asProblem(failure).isTransient) setKey(crypto.randomUUID());
    },
  });
  return (
    <Dialog title={t('account_new')} opened onClose={onClose}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!create.isPending) create.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <TextField
          label={t('account')}
          required
          maxLength={100}
          autoComplete="off"
          data-autofocus
          placeholder="M-Pesa"
          error={errors.at('name')}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <SelectField
          label={t('method')}
          hint={t('method_hint')}
          error={errors.at('method')}
          value={method}
          options={METHODS.map((value) => ({ value, label: t(`method_of.${value}`) }))}
          onChange={(value) => {
            setMethod(value as Account['method']);
          }}
        />
        <DialogActions>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button type="submit" look="ink" aria-busy={create.isPending}>
            {t('account_create')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function RenameAccountDialog({
  account,
  onClose,
}: {
  account: Account;
  onClose: () => void;
}) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(account.name);
  const errors = useFieldErrors(['name']);
  const rename = useMutation({
    mutationFn: () => renameAccount(account, name.trim()),
    onSuccess: () => {
      toast(t('account_renamed'));
      onClose();
    },
    onError: errors.take,
    onSettled: () => client.invalidateQueries({ queryKey: accountsQuery.queryKey }),
  });
  return (
    <Dialog title={t('rename')} opened onClose={onClose}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!rename.isPending) rename.mutate();
        }}
      >
        {errors.rest && <Notice alert title={errors.rest} />}
        <TextField
          label={t('account')}
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
          <Button type="submit" look="ink" aria-busy={rename.isPending}>
            {common('action.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
