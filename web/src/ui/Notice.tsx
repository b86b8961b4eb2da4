import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { cx } from './cx';
import styles from './overlays.module.css';

/** A block of words above a form: what was refused, or what to know. */
export function Notice({
  alert,
  title,
  children,
}: {
  alert?: boolean;
  title: React.ReactNode;
  children?: React.ReactNode;
}) {
  const Icon = alert ? IconAlertTriangle : IconInfoCircle;
  return (
    <div
      className={cx(styles['notice'], alert && styles['alert'])}
      role={alert ? 'alert' : 'status'}
    >
      <Icon size={20} stroke={1.7} aria-hidden />
      <div>
        <strong>{title}</strong>
        {children && <p>{children}</p>}
      </div>
    </div>
  );
}
