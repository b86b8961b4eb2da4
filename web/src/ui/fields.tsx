/** What can be typed in: label above, hint or error below, tied together for screen readers. */

import { IconAlertTriangle, IconEye, IconEyeOff } from '@tabler/icons-react';
import { useId, useState, type ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { cx } from './cx';
import styles from './fields.module.css';

export interface FieldProps {
  label: string;
  hint?: React.ReactNode;
  /** What is wrong; the API's refusals arrive here by their pointer, see `useFieldErrors`. */
  error?: string | undefined;
  /** A second-rank label: several fields under one heading. */
  quiet?: boolean;
  large?: boolean;
  hideLabel?: boolean;
}

interface Parts {
  id: string;
  describedBy: string | undefined;
  invalid: true | undefined;
}

/** The frame of a field: give the parts to the control inside. */
export function Field({
  label,
  hint,
  error,
  quiet,
  hideLabel,
  children,
}: FieldProps & { children: (parts: Parts) => React.ReactNode }) {
  const id = useId();
  const describedBy = cx(hint !== undefined && `${id}-hint`, error && `${id}-error`) || undefined;
  return (
    <div className={styles['field']}>
      <label
        htmlFor={id}
        className={cx(styles['label'], quiet && styles['quiet'], hideLabel && 'visually-hidden')}
      >
        {label}
      </label>
      {children({ id, describedBy, invalid: error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className={styles['error']}>
          <IconAlertTriangle size={16} stroke={1.8} aria-hidden />
          {error}
        </p>
      )}
      {hint !== undefined && (
        <div id={`${id}-hint`} className={styles['hint']}>
          {hint}
        </div>
      )}
    </div>
  );
}

type InputProps = Omit<ComponentProps<'input'>, 'id'> &
  FieldProps & { unit?: string; icon?: React.ReactNode };

export function TextField({
  label,
  hint,
  error,
  quiet,
  large,
  hideLabel,
  unit,
  icon,
  ...input
}: InputProps) {
  const field = { label, hint, ...(error ? { error } : {}), ...flags({ quiet, hideLabel }) };
  return (
    <Field {...field}>
      {({ id, describedBy, invalid }) => (
        <div className={cx(styles['box'], error && styles['wrong'], large && styles['large'])}>
          {icon && <span className={styles['icon']}>{icon}</span>}
          <input
            {...input}
            id={id}
            className={cx(styles['input'], input.className)}
            aria-describedby={describedBy}
            aria-invalid={invalid}
          />
          {unit && <span className={styles['unit']}>{unit}</span>}
        </div>
      )}
    </Field>
  );
}

const flags = (all: Record<string, boolean | undefined>) =>
  Object.fromEntries(Object.entries(all).filter(([, on]) => on)) as Record<string, true>;

/** A password, with "show", and a word when the capitals are locked. */
export function PasswordField({ capsLockWords, ...props }: InputProps & { capsLockWords: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const { label, error, quiet, large, hideLabel, hint, unit: _unit, icon: _icon, ...input } = props;
  const look = (event: React.KeyboardEvent) => {
    setCapsLock(event.getModifierState('CapsLock'));
  };
  const below = capsLock ? (
    <strong role="status">
      <IconAlertTriangle size={16} stroke={1.8} aria-hidden /> {capsLockWords}
    </strong>
  ) : (
    hint
  );
  return (
    <Field {...{ label, hint: below, ...(error ? { error } : {}), ...flags({ quiet, hideLabel }) }}>
      {({ id, describedBy, invalid }) => (
        <div className={cx(styles['box'], error && styles['wrong'], large && styles['large'])}>
          <input
            {...input}
            id={id}
            type={shown ? 'text' : 'password'}
            className={styles['input']}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            onKeyDown={look}
            onKeyUp={look}
          />
          <Button
            look="bare"
            onClick={() => {
              setShown(!shown);
            }}
            aria-pressed={shown}
          >
            {shown ? (
              <IconEyeOff size={18} stroke={1.7} aria-hidden />
            ) : (
              <IconEye size={18} stroke={1.7} aria-hidden />
            )}
            {shown ? t('action.hide') : t('action.show')}
          </Button>
        </div>
      )}
    </Field>
  );
}

/** Two or three answers side by side. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: {
  label: string;
  value: T;
  options: { value: T; label: string; lang?: string }[];
  onChange: (value: T) => void;
  className?: string | undefined;
}) {
  const name = useId();
  return (
    <fieldset className={className} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      <legend className="visually-hidden">{label}</legend>
      <div className={styles['segments']}>
        {options.map((option) => (
          <label key={option.value} lang={option.lang}>
            <input
              type="radio"
              name={name}
              checked={value === option.value}
              onChange={() => {
                onChange(option.value);
              }}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function CheckField({
  children,
  ...input
}: Omit<ComponentProps<'input'>, 'type'> & { children: React.ReactNode }) {
  return (
    <label className={styles['check']}>
      <input type="checkbox" {...input} />
      <span>{children}</span>
    </label>
  );
}
