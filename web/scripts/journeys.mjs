// Fills a small demo shop in a folder of its own, serves it with the program, and plays the journeys of
// e2e/ on it in a browser: `node scripts/journeys.mjs ../target/debug/salesflow [e2e/till.test.mjs …]`
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

// Enough of a past for forecasts and for what stands out in it.
const DAYS = '180';
const web = resolve(import.meta.dirname, '..');
const [given, ...only] = process.argv.slice(2);
if (!given) throw new Error('the path of the program is missing');
const program = resolve(given);
if (!existsSync(join(web, '../static/app/index.html'))) {
  throw new Error('the app is not built: npm run build');
}
const folder = mkdtempSync(join(tmpdir(), 'salesflow-journeys-'));

// The built-in settings, whatever the environment of the caller says.
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SALESFLOW')),
  ),
  SALESFLOW__SERVER__BIND: '127.0.0.1:0',
  SALESFLOW__METRICS__BIND: '',
  SALESFLOW__LOG__FORMAT: 'json',
  SALESFLOW__REPORTS__FOLDER: join(folder, 'rapports'),
};

function fill() {
  const done = spawnSync(program, ['demo', '--days', DAYS], { cwd: folder, env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`the demo shop was not filled: ${done.stderr}`);
}

/** The address, once the shop is open. */
function serve() {
  const server = spawn(program, ['serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const address = new Promise((open, fail) => {
    for (const stream of [server.stdout, server.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > 200) lines.shift();
        if (!line.includes('the shop is open')) return;
        open(JSON.parse(line).address);
      });
    }
    server.on('exit', (code) =>
      fail(new Error(`the program ended (${code}):\n${lines.join('\n')}`)),
    );
  });
  return { server, address, lines };
}

let status = 1;
const began = Date.now();
try {
  console.log(`journeys: filling a demo shop of ${DAYS} days`);
  fill();
  const { server, address, lines } = serve();
  try {
    const at = await address;
    console.log(`journeys: ${at}, after ${Math.round((Date.now() - began) / 1000)} s`);
    const tests = only.length > 0 ? only.map((path) => resolve(path)) : ['e2e/'];
    status = await new Promise((end) => {
      spawn(
        process.execPath,
        ['--test', '--test-concurrency=1', '--test-timeout=600000', ...tests],
        {
          cwd: web,
          env: {
            ...process.env,
            E2E_APP: at,
            E2E_LOGIN: join(folder, 'data/demo-login.txt'),
            E2E_PROGRAM: program,
          },
          stdio: 'inherit',
        },
      ).on('exit', (code) => end(code ?? 1));
    });
    if (status !== 0) console.log(lines.slice(-20).join('\n'));
  } finally {
    server.kill('SIGTERM');
    await new Promise((gone) => server.on('exit', gone));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `journeys: ${status === 0 ? 'ok' : 'FAILED'} in ${Math.round((Date.now() - began) / 1000)} s`,
);
process.exitCode = status;
