import { useMantineColorScheme } from '@mantine/core';

export type Appearance = 'light' | 'dark' | 'auto';

/** Light, dark, or as the device; kept by the library in local storage. */
export function useAppearance(): [Appearance, (next: Appearance) => void] {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return [colorScheme, setColorScheme];
}
