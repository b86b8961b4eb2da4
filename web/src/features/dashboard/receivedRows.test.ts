import { expect, test } from 'vitest';
import type { Schemas } from '@/api/client';
import { receivedRows } from './receivedRows';

const breakdown = {
  currency: 'CDF',
  groups: [
    {
      key: 'cash',
      net_minor: 1_000_00 + 280_000,
      currencies: [
        {
          currency: 'CDF',
          payments: 3,
          in_minor: 150_000,
          change_minor: 50_000,
          refunds_minor: 0,
          net_minor: 100_000,
        },
        {
          currency: 'USD',
          payments: 1,
          in_minor: 100,
          change_minor: 0,
          refunds_minor: 0,
          net_minor: 100,
          base_minor: 280_000,
        },
      ],
    },
    {
      key: 'mobile_money',
      net_minor: 5000,
      currencies: [
        {
          currency: 'CDF',
          account: 'M-Pesa',
          payments: 1,
          in_minor: 5000,
          change_minor: 0,
          refunds_minor: 0,
          net_minor: 5000,
        },
      ],
    },
    {
      key: 'credit',
      net_minor: 7000,
      currencies: [
        { currency: 'CDF', payments: 1, in_minor: 7000, refunds_minor: 0, net_minor: 7000 },
      ],
    },
  ],
  total: { net_minor: 385_000 },
} as unknown as Schemas['Breakdown'];

test('each wallet and currency has its row, and the column adds up with credit', () => {
  const { rows, totalMinor, payments } = receivedRows(breakdown);
  expect(rows.map((row) => [row.key, row.netMinor, row.baseMinor])).toEqual([
    ['cash CDF ', 100_000, 100_000],
    ['cash USD ', 100, 280_000],
    ['mobile_money CDF M-Pesa', 5000, 5000],
    ['credit CDF ', 7000, 7000],
  ]);
  expect(totalMinor).toBe(392_000);
  expect(totalMinor).toBe(rows.reduce((a, row) => a + (row.baseMinor ?? 0), 0));
  expect(payments).toBe(6);
});

test('a foreign net after refunds has no rate here, and a total that is not known is none', () => {
  const refunded = structuredClone(breakdown);
  const dollars = refunded.groups[0]?.currencies?.[1];
  if (dollars) dollars.refunds_minor = 50;
  delete refunded.total.net_minor;
  const { rows, totalMinor } = receivedRows(refunded);
  expect(rows[1]?.baseMinor).toBeUndefined();
  expect(totalMinor).toBeUndefined();
});
