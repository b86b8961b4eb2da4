import { createTheme } from '@mantine/core';

/** Mantine in the clothes of "le registre"; the colours come from styles/mantine.css. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  defaultRadius: 4,
  focusRing: 'never',
  cursorType: 'pointer',
  respectReducedMotion: true,
});
