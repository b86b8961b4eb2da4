/**
 * The page that a receipt prints on: as wide as the roll, as long as the receipt. A style sheet made
 * here passes the content policy, which refuses style elements.
 */
export function setPage(width: 80 | 58, receipt: HTMLElement): () => void {
  const millimetre = 96 / 25.4;
  // A little more than it takes: a hair too short is a second page.
  const length = Math.ceil(receipt.getBoundingClientRect().height / millimetre) + 6;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${width}mm ${length}mm; margin: 0 }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}
