/** What the answers of the wizard become. */

/** A typed rate in millionths: "2 851", "2850,5". Undefined where it is none. */
export function microsOf(text: string): number | undefined {
  const compact = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  if (!/^\d{1,7}(\.\d{1,6})?$/.test(compact)) return undefined;
  const [whole = '', part = ''] = compact.split('.');
  const micros = Number(whole + part.padEnd(6, '0'));
  return micros > 0 ? micros : undefined;
}

/** The zone of this machine where it is one of the region; the server's own choice elsewhere. */
export function zoneOf(): { time_zone?: string } {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone.startsWith('Africa/') ? { time_zone: zone } : {};
}
