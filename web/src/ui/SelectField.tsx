import type { ComponentProps } from 'react';
import { cx } from './cx';
import { Field, type FieldProps } from './fields';
import styles from './fields.module.css';

/** One of several, with a label above and an error below like every field. */
export function SelectField({
  label,
  hint,
  error,
  quiet,
  hideLabel,
  options,
  onChange,
  ...select
}: Omit<ComponentProps<'select'>, 'id' | 'onChange'> &
  Omit<FieldProps, 'large'> & {
    options: readonly { value: string; label: string }[];
    onChange: (value: string) => void;
  }) {
  return (
    <Field
      label={label}
      hint={hint}
      {...(error && { error })}
      {...(quiet && { quiet })}
      {...(hideLabel && { hideLabel })}
    >
      {({ id, describedBy, invalid }) => (
        <div className={cx(styles['box'], error && styles['wrong'])}>
          <select
            {...select}
            id={id}
            className={styles['select']}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            onChange={(event) => {
              onChange(event.target.value);
            }}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}
