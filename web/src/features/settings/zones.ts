/** The time zones that can be chosen: those of the region that this browser knows, and the present one. */
export function zones(present: string): string[] {
  const all = Intl.supportedValuesOf('timeZone').filter((zone) => zone.startsWith('Africa/'));
  return [...new Set([present, 'Africa/Kinshasa', 'Africa/Lubumbashi', ...all])];
}
