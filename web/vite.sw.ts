import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';

interface Entry {
  file: string;
  css?: string[];
  assets?: string[];
  imports?: string[];
}

// What the till needs without a network; other pages are kept once they were opened.
const KEPT = [
  'index.html',
  'src/features/till/TillPage.tsx',
  'src/features/receipt/ReceiptPage.tsx',
  'src/features/login/LoginPage.tsx',
  'src/app/frame/KeySheet.tsx',
  ...['fr', 'en'].flatMap((language) => [
    `src/i18n/words/common.${language}.ts`,
    `src/i18n/words/problems.${language}.ts`,
    ...['till', 'receipt', 'login'].map((name) => `src/features/${name}/words.${language}.ts`),
  ]),
];

/** Writes `sw.js`: the worker of `src/worker/sw.js`, with the list of what it keeps for the till. */
export function serviceWorker(): Plugin {
  let out = '';
  return {
    name: 'salesflow-service-worker',
    apply: 'build',
    configResolved(config) {
      out = config.build.outDir;
    },
    closeBundle() {
      const root = resolve(import.meta.dirname, out);
      const manifest = JSON.parse(
        readFileSync(join(root, '.vite/manifest.json'), 'utf8'),
      ) as Record<string, Entry>;
      const files = new Set<string>();
      const add = (name: string) => {
        const entry = manifest[name];
        if (!entry || files.has(entry.file)) return;
        for (const file of [entry.file, ...(entry.css ?? []), ...(entry.assets ?? [])]) {
          files.add(file);
        }
        entry.imports?.forEach(add);
      };
      for (const name of KEPT) {
        if (!manifest[name])
          throw new Error(`the service worker keeps ${name}, which is not built`);
        add(name);
      }
      const list = ['/', '/icon.svg', '/manifest.webmanifest', ...[...files].map((f) => `/${f}`)];
      const index = readFileSync(join(root, 'index.html'));
      const version = createHash('sha256')
        .update(index)
        .update(list.join())
        .digest('hex')
        .slice(0, 12);
      const worker = readFileSync(join(import.meta.dirname, 'src/worker/sw.js'), 'utf8')
        .replace('__VERSION__', JSON.stringify(version))
        .replace('__FILES__', JSON.stringify(list));
      writeFileSync(join(root, 'sw.js'), worker);
    },
  };
}
