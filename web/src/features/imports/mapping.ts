/** What a user says about the columns of a file, and the mapping that the API takes. Pure. */

import type { Schemas } from '@/api/client';

export type Layout = Schemas['ImportLayout'];
export type Question = Layout['questions'][number];
export type MapImport = Schemas['MapImport'];

/** A column that holds stock, without saying whether it counts or adds. */
export const PLAIN_STOCK = 'stock';

export interface Choice {
  /** By the number of a column: the field that it holds; null for one that is not read. */
  fields: Record<number, string | null>;
  stock?: 'set' | 'add' | 'ignore' | undefined;
  generateSkus?: boolean | undefined;
  /** Left to the file where nothing is said. */
  sheet?: string | undefined;
  headerRow?: number | undefined;
  dateOrder?: Schemas['DateOrder'] | undefined;
  decimalSign?: Schemas['DecimalSign'] | undefined;
  prices?: Schemas['TaxBasis'] | undefined;
}

/** The file as it was read: where a user begins. */
export function choiceOf(layout: Layout): Choice {
  return {
    fields: Object.fromEntries(layout.columns.map((column) => [column.number, column.field])),
  };
}

/** A column gets a field; a field is held by one column, so another one that had it is not read. */
export function choose(choice: Choice, number: number, field: string | null): Choice {
  const fields = Object.fromEntries(
    Object.entries(choice.fields).map(([other, held]) => [
      other,
      held !== null && held === field ? null : held,
    ]),
  );
  return { ...choice, fields: { ...fields, [number]: field } };
}

/** Another sheet or line of headers has other columns: nothing is known of them yet. */
export function readAnew(changes: Pick<Choice, 'sheet' | 'headerRow'>): Choice {
  return { fields: {}, ...changes };
}

export function mappingOf(layout: Layout, choice: Choice): MapImport {
  const columns: Record<string, string> = {};
  const ignore: string[] = [];
  for (const column of layout.columns) {
    const field = choice.fields[column.number];
    if (field === undefined || field === PLAIN_STOCK) continue;
    if (field === null) {
      if (column.header !== '') ignore.push(column.header);
    } else columns[field] = `#${column.number}`;
  }
  const { stock, sheet, headerRow, dateOrder, decimalSign, prices, generateSkus } = choice;
  return {
    columns,
    ignore,
    ...(stock && { stock }),
    ...(sheet !== undefined && { sheet }),
    ...(headerRow !== undefined && { header_row: headerRow }),
    ...(dateOrder && { date_order: dateOrder }),
    ...(decimalSign && { decimal_sign: decimalSign }),
    ...(prices && { prices }),
    ...(generateSkus && { generate_skus: true }),
  };
}

/** What is still to be said before the rows can be looked at. */
export function openQuestions(layout: Layout, choice: Choice): Question[] {
  const held = new Set(Object.values(choice.fields).filter((field) => field !== null));
  return layout.questions.filter((question) => {
    if (question.code === 'import.stock_not_clear') {
      return held.has(PLAIN_STOCK) && choice.stock === undefined;
    }
    if (choice.generateSkus && question.answers.some((a) => a.member === 'generate_skus')) {
      return false;
    }
    return !question.fields.some((field) => held.has(field));
  });
}

/** "A", "B" … "Z", "AA": how spreadsheets name their columns. */
export function columnLetter(number: number): string {
  let rest = number;
  let letters = '';
  while (rest > 0) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
    rest = Math.floor((rest - 1) / 26);
  }
  return letters;
}
