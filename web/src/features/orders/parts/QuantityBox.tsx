import { useState } from 'react';
import { formatQuantity, parseQuantity } from '@/format/quantity';
import styles from '../orders.module.css';

/** A quantity in a cell: typed over, taken when it is left or Enter is pressed. */
export function QuantityBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
}) {
  const [text, setText] = useState<string>();
  const say = () => {
    const next = parseQuantity(text ?? '');
    setText(undefined);
    if (next !== undefined && next !== value) onChange(next);
  };
  return (
    <input
      className={styles['quantity']}
      inputMode="decimal"
      autoComplete="off"
      aria-label={label}
      value={text ?? formatQuantity(value)}
      onFocus={(event) => {
        event.target.select();
      }}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={say}
      onKeyDown={(event) => {
        if (event.key === 'Enter') say();
        else if (event.key === 'Escape') setText(undefined);
      }}
    />
  );
}
