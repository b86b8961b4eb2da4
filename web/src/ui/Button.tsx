import type { ComponentProps } from 'react';
import { Link } from 'wouter';
import styles from './Button.module.css';
import { cx } from './cx';

interface Look {
  /** `ink`: the one main action of a page. `mango`: where money or stock is committed, nothing else. */
  look?: 'plain' | 'ink' | 'mango' | 'chili' | 'link' | 'bare';
  size?: 'normal' | 'large';
}

const classOf = ({ look = 'plain', size = 'normal' }: Look, extra?: string) =>
  cx(
    styles['button'],
    look !== 'plain' && styles[look],
    size === 'large' && styles['large'],
    extra,
  );

/** A button. Verbs on it, sentence case. */
export function Button({ look, size, className, ...rest }: ComponentProps<'button'> & Look) {
  const looks = { ...(look && { look }), ...(size && { size }) };
  return <button type="button" {...rest} className={classOf(looks, className)} />;
}

/** A link to a page of the app that looks like a button. */
export function ButtonLink({
  look,
  size,
  className,
  to,
  children,
}: Look & { to: string; className?: string; children: React.ReactNode }) {
  const looks = { ...(look && { look }), ...(size && { size }) };
  return (
    <Link href={to} className={classOf(looks, className)}>
      {children}
    </Link>
  );
}
