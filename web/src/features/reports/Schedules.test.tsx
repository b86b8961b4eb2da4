import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderPart } from '@/testing/render';
import { Schedules } from './Schedules';
import type { Schedule } from './scheduling';

const schedule = (id: string, rest: Partial<Schedule> = {}) => ({
  id,
  user_id: 'u',
  kind: 'daily_close',
  format: 'pdf',
  period: 'yesterday',
  locale: null,
  cron: '0 7 * * *',
  to_folder: true,
  recipients: [],
  paused: false,
  version: 3,
  created_at: '2026-11-01T06:00:00Z',
  next_run_at: '2026-12-01T06:00:00Z',
  last_run: null,
  ...rest,
});

const run = (state: string, error: object | null = null) => ({
  id: 'j',
  kind: 'reports.deliver',
  state,
  progress: 0,
  attempts: 1,
  created_at: '2026-11-30T06:00:00Z',
  finished_at: '2026-11-30T06:01:00Z',
  result: null,
  error,
});

const sent: { method: string; path: string; body: unknown; match: string | null }[] = [];

/** A server with these schedules, or with this refusal. */
function serve(
  items: object[],
  {
    mail = true,
    store = true,
    status = 200,
  }: { mail?: boolean; store?: boolean; status?: number } = {},
): void {
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname: path } = new URL(request.url);
    const isRead = request.method === 'GET';
    if (!isRead) {
      const body: unknown = await request.json().catch(() => undefined);
      sent.push({ method: request.method, path, body, match: request.headers.get('if-match') });
    }
    const page = {
      items: path.endsWith('/schedules') ? items : [],
      mail_configured: mail,
      folder_configured: store,
      next_cursor: null,
    };
    const answer =
      status === 200
        ? isRead
          ? page
          : schedule('new', { version: 1 })
        : { code: 'server.internal', title: 'Broken', request_id: 'r-1' };
    return new Response(JSON.stringify(answer), {
      status: request.method === 'DELETE' ? 200 : status,
      headers: { 'content-type': 'application/json' },
    });
  });
}

const show = () => renderPart(<Schedules kind="sales" />, { words: ['reports', 'problems'] });

beforeEach(() => {
  sent.length = 0;
});

afterEach(cleanup);

test('a server with neither folder nor mail says what is missing, and offers nothing', async () => {
  serve([], { mail: false, store: false });
  await show();
  expect(await screen.findByText(/n’a pas où les mettre/)).toBeVisible();
  expect(screen.queryByRole('button')).toBeNull();
});

test('none yet is an invitation; a failure has its code and another try', async () => {
  serve([]);
  await show();
  expect(await screen.findByText('Aucun rapport programmé.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Programmer' })).toBeVisible();
  cleanup();
  serve([], { status: 500 });
  await show();
  expect(await screen.findByRole('alert')).toHaveTextContent('r-1');
});

test('each says what, when, where, and how its last run ended', async () => {
  serve([
    schedule('a', { cron: '30 18 * * 5', recipients: ['amani@example.com'] }),
    schedule('b', {
      paused: true,
      next_run_at: null,
      last_run: run('failed', { code: 'schedules.mail_refused', detail: 'x' }) as never,
    }),
    schedule('c', {
      cron: '*/15 * * * *',
      last_run: run('failed', { code: 'job.of_tomorrow', detail: 'Not known yet.' }) as never,
    }),
  ]);
  await show();
  const rows = within(await screen.findByRole('list', { name: 'Rapports programmés' }));
  const [a, b, c] = rows.getAllByRole('listitem');
  expect(a).toHaveTextContent('Caisse du jour, chaque vendredi à 18:30');
  expect(a).toHaveTextContent('dossier du serveur, amani@example.com');
  expect(a).toHaveTextContent('pas encore fait');
  expect(b).toHaveTextContent('Suspendu');
  expect(b).toHaveTextContent('le serveur de courriel a refusé');
  expect(c).toHaveTextContent('selon « */15 * * * * »');
  expect(c).toHaveTextContent('Not known yet.');
});

test('a pause goes by its version; what is deleted is made again as it was', async () => {
  serve([schedule('a', { paused: true })]);
  await show();
  await userEvent.click(await screen.findByRole('button', { name: 'Reprendre' }));
  expect(sent.at(-1)).toMatchObject({ method: 'PATCH', body: { paused: false }, match: '"3"' });
  await userEvent.click(screen.getByRole('button', { name: 'Supprimer' }));
  await waitFor(() => {
    expect(sent.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/v1/schedules/a' });
  });
  const { currentToasts } = await import('@/ui/toasts');
  currentToasts().at(-1)?.undo?.();
  await waitFor(() => {
    expect(sent.slice(-2)).toMatchObject([
      { method: 'POST', body: { kind: 'daily_close', cron: '0 7 * * *', to_folder: true } },
      { method: 'PATCH', path: '/api/v1/schedules/new', body: { paused: true } },
    ]);
  });
});

test('a new one is sent as it was chosen', async () => {
  serve([]);
  await show();
  await userEvent.click(await screen.findByRole('button', { name: 'Programmer' }));
  const form = within(await screen.findByRole('dialog'));
  await userEvent.selectOptions(form.getByLabelText('Rapport'), 'daily_close');
  await userEvent.selectOptions(form.getByLabelText('Quand'), 'week');
  await userEvent.selectOptions(form.getByLabelText('Jour de la semaine'), '5');
  const save = form.getByRole('button', { name: 'Programmer' });
  expect(save).toBeDisabled();
  await userEvent.type(form.getByLabelText('Envoyer par courriel à'), 'amani@example.com');
  await userEvent.click(save);
  await waitFor(() => {
    expect(sent.at(-1)).toMatchObject({
      method: 'POST',
      path: '/api/v1/schedules',
      body: {
        kind: 'daily_close',
        period: 'yesterday',
        format: 'pdf',
        cron: '0 7 * * 5',
        to_folder: false,
        recipients: ['amani@example.com'],
      },
    });
  });
});
