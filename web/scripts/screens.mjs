// Runs scripts/screens.ts: node 20 reads no TypeScript by itself, Vite does.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [address, login] = process.argv.slice(2);
if (!address || !login) throw new Error('npm run screens -- <address> <file of logins>');

const { module } = await runnerImport(fileURLToPath(new URL('./screens.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
});
process.exitCode = (await module.run(address, login)) ? 0 : 1;
