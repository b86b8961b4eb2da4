// Takes the pictures of the README from a running demo shop into ../docs/pictures:
// `npm run pictures -- --base http://127.0.0.1:8080 --login ../data/demo-login.txt`
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The page of scripts/shots.pages.mjs, and the name of its picture. */
const PICTURES = {
  till: 'till',
  dashboard: 'dashboard',
  'import-check': 'import',
  products: 'products',
};

const here = import.meta.dirname;
const docs = join(here, '../../docs/pictures');
const folder = mkdtempSync(join(tmpdir(), 'salesflow-pictures-'));
try {
  const names = Object.keys(PICTURES).join(',');
  const shots = [
    join(here, 'shots.mjs'),
    ...process.argv.slice(2),
    '--out',
    folder,
    '--only',
    names,
  ];
  const how = ['--exact', '--screen', '--widths', '1280', '--themes', 'light'];
  const done = spawnSync(process.execPath, [...shots, ...how], { stdio: 'inherit' });
  if (done.status !== 0) throw new Error('the pictures were not taken');
  mkdirSync(docs, { recursive: true });
  for (const [page, name] of Object.entries(PICTURES)) {
    copyFileSync(join(folder, `${page}-1280-light.png`), join(docs, `${name}.png`));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
