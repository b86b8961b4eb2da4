// Takes the document of a running program as the snapshot that the types are made from.
// SALESFLOW_URL=http://127.0.0.1:8080 npm run snapshot && npm run types
import { writeFileSync } from 'node:fs';

const from = `${process.env['SALESFLOW_URL'] ?? 'http://127.0.0.1:8080'}/api-docs/openapi.json`;
const answer = await fetch(from);
if (!answer.ok) throw new Error(`${from} answered ${answer.status}`);
writeFileSync(
  new URL('../openapi.json', import.meta.url),
  `${JSON.stringify(await answer.json(), null, 2)}\n`,
);
console.log(`openapi.json is that of ${from}`);
