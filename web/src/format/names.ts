/** "Primus 72 cl" never breaks between 72 and cl, nor "paquet de 10" before its number. */
export function keepTogether(name: string): string {
  return name
    .replace(/(\d) (?=(?:kg|g|mg|l|cl|ml|m|cm|mm|W|V|pages|sachets|pièces)\b)/g, '$1\u00a0')
    .replace(/\b(de|par) (?=\d+$)/g, '$1\u00a0');
}
