import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { serviceWorker } from './vite.sw.ts';

// Where the binary listens while `npm run dev` serves the app.
const server = process.env['SALESFLOW_URL'] ?? 'http://127.0.0.1:8080';
const port = Number(process.env['PORT'] ?? 5173);
const fromServer = ['/api', '/api-docs', '/docs', '/redoc', '/health', '/metrics'];

export default defineConfig(({ command }) => ({
  plugins: [react(), serviceWorker()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    // The gallery of the shared parts and other aids exist only beside the dev server.
    __DEV_PAGES__: JSON.stringify(command === 'serve' || process.env['DEV_PAGES'] === '1'),
  },
  build: {
    outDir: '../static/app',
    emptyOutDir: true,
    manifest: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A small file is a file: a `data:` address would need a hole in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port,
    strictPort: true,
    proxy: Object.fromEntries(fromServer.map((path) => [path, { target: server }])),
  },
  // The built app as the binary serves it, its content policy included.
  preview: {
    headers: {
      'content-security-policy':
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    },
    port,
    strictPort: true,
    proxy: Object.fromEntries(fromServer.map((path) => [path, { target: server }])),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: false,
    restoreMocks: true,
    // No test is judged by its speed: the machine may be busy.
    testTimeout: 60_000,
  },
}));
