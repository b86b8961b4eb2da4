/** The sign of the program: four rules of a register, the last two in mango. */
export function Sign({ size = 20, ink }: { size?: number; ink?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path fill={ink ?? 'var(--cover-quiet)'} d="M1 2h18v1.6H1zm0 5h18v1.6H1z" />
      <path fill={ink ?? 'var(--mango)'} d="M1 12h18v2.8H1zm0 4.8h18v1.7H1z" />
    </svg>
  );
}
