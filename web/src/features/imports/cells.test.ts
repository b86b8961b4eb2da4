import { beforeAll, describe, expect, test } from 'vitest';
import { setFormatLanguage } from '@/format/locale';
import type { ImportRow, RowIssue } from './api';
import { cellsOf, firstError, issueOf, nameOf } from './cells';

const plain = (text: string | undefined) => text?.replace(/\u00a0/g, '_');
const issue = (severity: 'error' | 'warning', column: string, value = ''): RowIssue => ({
  severity,
  column,
  value,
  code: 'import.not_a_number',
  detail: '',
});

const changed: ImportRow = {
  row: 12,
  state: 'changed',
  values: { sku: 'RIZ-KG', name: 'Riz parfumé', price_minor: 360_000, stock_set: 60 },
  changes: { price_minor: { old: 340_000, new: 360_000 }, on_hand: { old: 53.25, new: 60 } },
  issues: [],
};
const wrong: ImportRow = {
  row: 47,
  state: 'error',
  values: { sku: 'HUI-20L' },
  changes: {},
  issues: [issue('warning', 'price', '140 600'), issue('error', 'price', '14O 600')],
};

beforeAll(() => {
  setFormatLanguage('fr');
});

describe('the check of a list of products', () => {
  test('shows the columns that the rows have, with old and new', () => {
    const cells = cellsOf('products', 'CDF', [changed]);
    expect(cells.map((cell) => cell.head)).toEqual(['price', 'stock']);
    expect(
      cells.map((cell) => [plain(cell.before?.(changed)), plain(cell.value(changed))]),
    ).toEqual([
      ['3_400', '3_600'],
      ['53,25', '60'],
    ]);
  });

  test('a cell that cannot be read has its column, and the error is shown before the warning', () => {
    const [price] = cellsOf('products', 'CDF', [wrong]);
    expect(price?.head).toBe('price');
    expect(price && issueOf(wrong, price)?.value).toBe('14O 600');
    expect(firstError(wrong)?.column).toBe('price');
    expect(nameOf(wrong)).toBe('HUI-20L');
  });

  test('what is added says so', () => {
    const added = { ...changed, values: { sku: 'A', stock_add: 5 }, changes: {} };
    const cells = cellsOf('stock', 'CDF', [added]);
    expect(cells[0]?.value(added)).toBe('+5');
  });
});

test('an error of the whole row cannot be set right in a cell', () => {
  expect(firstError({ ...wrong, issues: [issue('error', '')] })).toBeUndefined();
});
