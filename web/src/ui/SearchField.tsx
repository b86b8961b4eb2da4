import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { cx } from './cx';
import { Kbd } from './Kbd';
import styles from './SearchField.module.css';

const WAIT_MS = 250;

/** The search of a list: what is typed counts after a moment, Enter at once. `/` brings one here. */
export function SearchField({
  label,
  value,
  onChange,
  placeholder,
  className,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  className?: string | undefined;
}) {
  const [text, setText] = useState(value);
  const [said, setSaid] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Changed from outside (filters cleared, another view): what is shown follows.
  if (value !== said) {
    setSaid(value);
    setText(value);
  }
  const say = (next: string) => {
    clearTimeout(timer.current);
    setSaid(next);
    onChange(next);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement &&
        /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      clearTimeout(timer.current);
    };
  }, []);
  return (
    <div className={cx(styles['search'], className)}>
      <IconSearch size={18} stroke={1.7} aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={text}
        autoComplete="off"
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => {
            say(next.trim());
          }, WAIT_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') say(text.trim());
          if (event.key === 'Escape' && text !== '') {
            event.stopPropagation();
            setText('');
            say('');
          }
        }}
      />
      <Kbd>/</Kbd>
    </div>
  );
}
