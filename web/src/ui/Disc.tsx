/**
 * The mark of the connection: a full leaf disc only when nothing waits, a half disc while something
 * does, a struck ring offline. The words beside it say the same.
 */
export function Disc({ kind }: { kind: 'full' | 'half' | 'off' }) {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      {kind === 'full' && <circle cx="7" cy="7" r="6" fill="var(--cover-leaf)" />}
      {kind === 'half' && (
        <>
          <circle cx="7" cy="7" r="5.6" fill="none" stroke="currentColor" strokeWidth="1.6" />
          <path d="M7 1.4a5.6 5.6 0 0 0 0 11.2z" fill="currentColor" />
        </>
      )}
      {kind === 'off' && (
        <>
          <circle cx="7" cy="7" r="5.4" fill="none" stroke="currentColor" strokeWidth="1.8" />
          <path d="M3.4 10.6l7.2-7.2" stroke="currentColor" strokeWidth="1.8" />
        </>
      )}
    </svg>
  );
}
