// Writes a .br and a .gz beside every file of the build that is worth it; the binary chooses by
// `Accept-Encoding` and never compresses while somebody waits.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = new URL('../../static/app', import.meta.url).pathname;
const worth = /\.(js|css|html|svg|json|webmanifest|txt)$/;

function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

// Which source became which file was for the service worker's list only.
rmSync(join(root, '.vite'), { recursive: true, force: true });

let plain = 0;
let small = 0;
for (const path of [...files(root)]) {
  if (!worth.test(path)) continue;
  const bytes = readFileSync(path);
  if (bytes.length < 512) continue;
  const br = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  plain += bytes.length;
  small += br.length;
}
console.log(
  `compressed ${(plain / 1024).toFixed(0)} KiB to ${(small / 1024).toFixed(0)} KiB (brotli)`,
);
