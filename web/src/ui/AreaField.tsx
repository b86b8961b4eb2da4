import type { ComponentProps } from 'react';
import { cx } from './cx';
import { Field, type FieldProps } from './fields';
import styles from './fields.module.css';

/** Several lines of text, with a label above and an error below like every field. */
export function AreaField({
  label,
  hint,
  error,
  quiet,
  hideLabel,
  ...area
}: Omit<ComponentProps<'textarea'>, 'id'> & Omit<FieldProps, 'large'>) {
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
          <textarea
            {...area}
            id={id}
            className={cx(styles['input'], styles['area'])}
            aria-describedby={describedBy}
            aria-invalid={invalid}
          />
        </div>
      )}
    </Field>
  );
}
