import { describe, expect, test } from 'vitest';
import {
  choiceOf,
  choose,
  columnLetter,
  mappingOf,
  openQuestions,
  readAnew,
  type Layout,
} from './mapping';

const layout: Layout = {
  columns: [
    { number: 1, header: 'Code', field: 'sku', samples: ['RIZ-KG'] },
    { number: 2, header: 'PV', field: null, samples: ['3 600,00'] },
    { number: 3, header: 'Qté', field: 'stock', samples: ['60'] },
    { number: 4, header: '', field: null, samples: [] },
  ],
  fields: ['sku', 'name', 'price', 'stock_set', 'stock_add'],
  sheets: [],
  questions: [
    { code: 'import.column_missing', fields: ['price'], detail: '', answers: [] },
    {
      code: 'import.stock_not_clear',
      fields: ['stock'],
      detail: '',
      answers: [{ member: 'stock', value: 'set' }],
    },
  ],
};

describe('columns of a file', () => {
  test('begin as the file was read, with what nobody but the user knows', () => {
    const choice = choiceOf(layout);
    expect(openQuestions(layout, choice).map((question) => question.code)).toEqual([
      'import.column_missing',
      'import.stock_not_clear',
    ]);
    expect(mappingOf(layout, choice)).toEqual({ columns: { sku: '#1' }, ignore: ['PV'] });
  });

  test('are named by their place, so that headers may be what they like', () => {
    const choice = { ...choose(choiceOf(layout), 2, 'price'), stock: 'add' as const };
    expect(openQuestions(layout, choice)).toEqual([]);
    expect(mappingOf(layout, choice)).toEqual({
      columns: { sku: '#1', price: '#2' },
      ignore: [],
      stock: 'add',
    });
  });

  test('a field is held by one column', () => {
    const choice = choose(choose(choiceOf(layout), 2, 'price'), 4, 'price');
    expect(choice.fields).toEqual({ 1: 'sku', 2: null, 3: 'stock', 4: 'price' });
  });

  test('choosing what the stock means in the list is an answer too', () => {
    const counted = choose(choose(choiceOf(layout), 2, 'price'), 3, 'stock_set');
    expect(openQuestions(layout, counted)).toEqual([]);
    expect(mappingOf(layout, counted).columns).toEqual({
      sku: '#1',
      price: '#2',
      stock_set: '#3',
    });
  });

  test('another sheet forgets the columns of this one', () => {
    expect(mappingOf(layout, readAnew({ sheet: 'Prix' }))).toEqual({
      columns: {},
      ignore: [],
      sheet: 'Prix',
    });
  });
});

test.each([
  [1, 'A'],
  [26, 'Z'],
  [27, 'AA'],
  [200, 'GR'],
])('column %d is %s', (number, letters) => {
  expect(columnLetter(number)).toBe(letters);
});
