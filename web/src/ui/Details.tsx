import styles from './Details.module.css';

/** Names and values in ruled rows, with room for one action each. */
export function Details({
  items,
}: {
  items: { label: string; value: React.ReactNode; action?: React.ReactNode }[];
}) {
  return (
    <dl className={styles['details']}>
      {items.map((item) => (
        <div key={item.label}>
          <dt>{item.label}</dt>
          <dd>{item.value}</dd>
          {item.action && <dd>{item.action}</dd>}
        </div>
      ))}
    </dl>
  );
}
