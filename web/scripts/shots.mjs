// Screenshots, and axe on each: `npm run shots -- --out /tmp/shots --base http://127.0.0.1:5173
//   --login demo-login.txt [--only name] [--widths 390,1280] [--themes light,dark] [--language fr]`
// The pages are listed in scripts/shots.pages.mjs.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { counted, quiet } from '../e2e/quiet.mjs';
import { pages } from './shots.pages.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '/tmp/shots' },
    base: { type: 'string', default: 'http://127.0.0.1:5173' },
    login: { type: 'string', default: '../data/demo-login.txt' },
    only: { type: 'string', default: '' },
    widths: { type: 'string', default: '390,1280' },
    themes: { type: 'string', default: 'light,dark' },
    language: { type: 'string', default: 'fr' },
    full: { type: 'boolean', default: false },
    // What is on the screen only, also of long pages.
    screen: { type: 'boolean', default: false },
    // The names of --only are whole names.
    exact: { type: 'boolean', default: false },
  },
});

const logins = Object.fromEntries(
  readFileSync(values.login, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .reverse()
    .map(([role, email, password]) => [role, { email, password }]),
);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
mkdirSync(values.out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
const tokens = {};

async function tokenOf(role) {
  if (tokens[role]) return tokens[role];
  const answer = await fetch(`${values.base}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(logins[role]),
  });
  if (!answer.ok) throw new Error(`${role} cannot sign in: ${await answer.text()}`);
  return answer.json();
}

const isNamed = (page, name) => (values.exact ? page.name === name : page.name.startsWith(name));

let violations = 0;
for (const page of pages) {
  if (values.only && !values.only.split(',').some((name) => isNamed(page, name))) continue;
  for (const width of values.widths.split(',').map(Number)) {
    for (const theme of values.themes.split(',')) {
      if (page.widths && !page.widths.includes(width)) continue;
      await shoot(page, width, theme);
    }
  }
}
await browser.close();
console.log(violations === 0 ? 'axe: 0 violations' : `axe: ${violations} VIOLATIONS`);
process.exitCode = violations === 0 ? 0 : 1;

async function shoot(page, width, theme) {
  const phone = width < 768;
  const context = await browser.newContext({
    viewport: { width, height: page.height ?? (phone ? 844 : width < 1000 ? 1024 : 800) },
    deviceScaleFactor: phone ? 2 : 1,
    hasTouch: width < 1000,
    isMobile: phone,
    colorScheme: theme,
    locale: 'fr-FR',
  });
  const session = page.role ? await tokenOf(page.role) : undefined;
  await context.addInitScript(
    ({ session, language }) => {
      localStorage.setItem('salesflow.language', language);
      if (session && !sessionStorage.getItem('shot')) {
        sessionStorage.setItem('shot', '1');
        const { refresh_token: refresh, user } = session;
        localStorage.setItem('salesflow.session', JSON.stringify({ refresh, user }));
      }
    },
    { session, language: values.language },
  );
  const tab = counted(await context.newPage());
  const errors = [];
  tab.on('pageerror', (error) => errors.push(String(error)));
  tab.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await tab.goto(values.base + page.path);
  await quiet(tab);
  if (page.act) await page.act(tab, { phone, width, context });
  await tab.waitForTimeout(page.wait ?? 400);
  const name = `${page.name}-${width}-${theme}`;
  await tab.screenshot({
    path: `${values.out}/${name}.png`,
    fullPage: !values.screen && (values.full || page.full),
  });
  await tab.evaluate(axe);
  const found = await tab.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations),
  );
  for (const violation of found) {
    violations += violation.nodes.length;
    console.log(`${name}: ${violation.id} (${violation.impact}) ${violation.help}`);
    for (const node of violation.nodes.slice(0, 3)) {
      console.log(
        `    ${node.html.slice(0, 160)}  ${node.any
          .map((x) => x.message)
          .join('; ')
          .slice(0, 200)}`,
      );
    }
  }
  for (const error of errors.slice(0, 5)) console.log(`${name}: ${error.slice(0, 300)}`);
  // A refresh token works once: the next page goes on with the one that this page has left.
  if (session) {
    const left = await tab.evaluate(() => localStorage.getItem('salesflow.session'));
    if (left) tokens[page.role] = { refresh_token: JSON.parse(left).refresh, user: session.user };
  }
  await context.close();
}
