import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '@/api/problem';
import { Button } from '@/ui/Button';
import { Notice } from '@/ui/Notice';
import { toast } from '@/ui/toasts';
import { useFieldErrors } from '@/ui/useFieldErrors';
import { useChangeSettings, type Settings, type SettingsChange } from '../queries';
import styles from '../settings.module.css';

export interface SettingField<T> {
  /** The field of the API, where its refusals belong. */
  field: keyof SettingsChange & string;
  start: T;
  /** What is sent; undefined for what cannot be: `wrong` says why. */
  read: (value: T) => SettingsChange | undefined;
  wrong?: string;
  edit: (parts: {
    value: T;
    onChange: (value: T) => void;
    error: string | undefined;
  }) => React.ReactNode;
}

/** One setting: its name, its value in words, and its field once somebody wants to change it. */
export function SettingRow<T>({
  label,
  value,
  hint,
  settings,
  change,
  action,
}: {
  label: string;
  value: React.ReactNode;
  hint?: React.ReactNode;
  settings: Settings;
  change?: SettingField<T>;
  action?: React.ReactNode;
}) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    // The button is there again after this render.
    requestAnimationFrame(() => opener.current?.focus());
  };
  return (
    <div className={styles['row']}>
      <dt>{label}</dt>
      <dd>
        {isOpen && change ? (
          <SettingForm settings={settings} change={change} onClose={close} />
        ) : (
          <>
            <span className={styles['value']}>{value}</span>
            {hint && <span className={styles['hint']}>{hint}</span>}
          </>
        )}
      </dd>
      {!isOpen && (change ?? action) && (
        <dd className={styles['action']}>
          {change ? (
            <Button
              look="link"
              ref={opener}
              aria-label={t('edit_of', { what: label })}
              onClick={() => {
                setOpen(true);
              }}
            >
              {common('action.edit')}
            </Button>
          ) : (
            action
          )}
        </dd>
      )}
    </div>
  );
}

function SettingForm<T>({
  settings,
  change,
  onClose,
}: {
  settings: Settings;
  change: SettingField<T>;
  onClose: () => void;
}) {
  const { t } = useTranslation('settings');
  const { t: common } = useTranslation();
  const [value, setValue] = useState(change.start);
  const [isWrong, setWrong] = useState(false);
  const errors = useFieldErrors([change.field]);
  const save = useChangeSettings();
  const [isStale, setStale] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }, []);
  const submit = () => {
    const body = change.read(value);
    setWrong(body === undefined);
    if (body === undefined || save.isPending) return;
    save.mutate(
      { version: settings.version, change: body },
      {
        onSuccess: () => {
          toast(t('saved'));
          onClose();
        },
        onError: (failure) => {
          // What was typed stays; the next press saves on what is so now.
          setStale(asProblem(failure).status === 412);
          errors.take(failure);
        },
      },
    );
  };
  return (
    // The key belongs to the whole form, wherever the focus is in it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      ref={form}
      className={styles['edit']}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      {errors.rest && <Notice alert title={isStale ? t('changed_elsewhere') : errors.rest} />}
      {change.edit({
        value,
        onChange: (next) => {
          setValue(next);
          setWrong(false);
        },
        error: isWrong ? change.wrong : errors.at(change.field),
      })}
      <span className={styles['buttons']}>
        <Button type="submit" look="ink" aria-busy={save.isPending}>
          {common('action.save')}
        </Button>
        <Button onClick={onClose}>{common('action.cancel')}</Button>
      </span>
    </form>
  );
}
