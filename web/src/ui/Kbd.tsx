import { cx } from './cx';
import styles from './Kbd.module.css';

/** The name of a key. A hint: hidden from screen readers, which have `aria-keyshortcuts`. */
export function Kbd({
  children,
  inherit,
  always,
}: {
  children: React.ReactNode;
  inherit?: boolean;
  always?: boolean;
}) {
  return (
    <kbd
      aria-hidden={always ? undefined : true}
      className={cx(styles['kbd'], inherit && styles['inherit'], always && styles['always'])}
    >
      {children}
    </kbd>
  );
}
