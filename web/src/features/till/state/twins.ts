/**
 * Two machines of one name make the same numbers. The server does not compare them, so the till looks
 * whether the number of its next sale is used already: by another machine, or by this one before its
 * browser forgot the count. A cashier sees only own sales, and so only some of the numbers.
 */
import { api, ok } from '@/api/client';
import { entry } from '@/outbox/outbox';

const MOST = 50;

export async function isNumberTaken(number: string): Promise<boolean> {
  const query = { q: number, limit: MOST };
  const { items } = await ok(api.GET('/api/v1/sales', { params: { query } }));
  for (const sale of items) {
    // The words of a note may name the number; and a sale from here may have just taken it.
    if (sale.external_number === number && !(await entry(sale.id))) return true;
  }
  return false;
}
