import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { renderPart } from '@/testing/render';
import { ShopTrust } from './Trust';

const errors = { mase: 0.8, rmsse: 0.8, wape: 0.5, bias: 0 };
const accuracy = {
  from: '2026-10-01',
  to: '2026-11-29',
  nights: 56,
  days_ahead: 28,
  model_id: 'm',
  overall: {
    days: 100,
    model: errors,
    seasonal_naive: errors,
    coverage: 0.82,
    relative_to_seasonal_naive: 0.7,
  },
  money: { sold_minor: 1000, wape: 0.3, bias: -0.04, seasonal_naive_wape: 0.4 },
  totals: {
    totals: 40,
    wape: 0.12,
    bias: 0.01,
    seasonal_naive_wape: 0.2,
    last_year: { totals: 30, wape: 0.11, last_year_wape: 0.33 },
  },
  reasons: [],
  items: [],
  next_cursor: null,
  computed_at: '2026-11-30T06:00:00Z',
};

function serve(body: object, status = 200): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      new Response(JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json' },
      }),
    ),
  );
}

const show = async () => {
  const { container } = await renderPart(<ShopTrust />, { words: ['forecasts', 'problems'] });
  await screen.findByRole('heading', { name: /Peut-on s’y fier/ });
  return () => container.textContent?.replace(/[\u00a0\u202f]/g, ' ') ?? '';
};

afterEach(cleanup);

test('the errors are in money, and of totals beside the year before', async () => {
  serve(accuracy);
  const text = await show();
  await screen.findByText('Par article et par jour, en argent');
  expect(text()).toContain('25 % d’écart en moins');
  expect(text()).toContain('82 % des jours');
  expect(text()).toContain('trop basse de 4 %');
  expect(text()).toContain('Totaux de 28 jours');
  expect(text()).toContain('Pour 30 totaux');
  expect(text()).toContain('33 % d’écart, notre prévision 11 %');
});

test('without totals that are over there is no word about them', async () => {
  serve({ ...accuracy, totals: null, money: { ...accuracy.money, bias: 0.004, wape: 0.5 } });
  const text = await show();
  await screen.findByText('Par article et par jour, en argent');
  expect(text()).toContain('25 % d’écart en plus');
  expect(text()).toContain('ni trop haute ni trop basse');
  expect(text()).not.toContain('Totaux');
});

test('before a night is over it is not known, and says when it will be', async () => {
  serve({ ...accuracy, overall: null, money: null, totals: null });
  await show();
  expect(await screen.findByText('On ne le sait pas encore.')).toBeVisible();
});

test('a failure has another try', async () => {
  serve({ code: 'server.internal', request_id: 'r-2' }, 500);
  await show();
  expect(await screen.findByRole('alert')).toHaveTextContent('r-2');
});
