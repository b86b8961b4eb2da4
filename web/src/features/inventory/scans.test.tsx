import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import type { Schemas } from '@/api/client';
import { renderPart } from '@/testing/render';
import { useDocument } from './parts/useDocument';

const product = (id: string) => ({ id, name: id, unit: 'piece' }) as Schemas['Product'];

/** Two scans that are both looked up before anything is drawn again. */
function Delivery() {
  const document = useDocument('test', {}, [], () => Promise.reject(new Error('not sent')));
  return (
    <>
      <button
        type="button"
        onClick={() => {
          document.add(product('oil'));
          document.add(product('rice'));
          document.add(product('oil'));
        }}
      >
        Scanner
      </button>
      <p>{document.lines.map((line) => `${line.product.id} ${line.quantity}`).join(', ')}</p>
    </>
  );
}

beforeEach(() => {
  sessionStorage.clear();
});

test('scans between two drawings are all there, and kept over a reload', async () => {
  const { unmount } = await renderPart(<Delivery />, { words: ['inventory'] });
  await userEvent.click(screen.getByRole('button', { name: 'Scanner' }));
  expect(screen.getByText('rice 1, oil 2')).toBeVisible();
  unmount();
  await renderPart(<Delivery />, { words: ['inventory'] });
  expect(screen.getByText('rice 1, oil 2')).toBeVisible();
});
