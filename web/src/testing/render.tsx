import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, type RenderResult } from '@testing-library/react';
import i18next from 'i18next';
import { Suspense } from 'react';
import { Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { startLanguages } from '@/i18n';

/**
 * Renders a part as the app would: in French, at an address, with a client of its own. The namespaces
 * that it uses are loaded first, so that nothing waits.
 */
export async function renderPart(
  part: React.ReactNode,
  options: { at?: string; words?: string[] } = {},
): Promise<RenderResult> {
  if (!i18next.isInitialized) await startLanguages('fr');
  await i18next.loadNamespaces(options.words ?? []);
  const { hook, searchHook } = memoryLocation({ path: options.at ?? '/' });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider env="test" withCssVariables={false}>
      <QueryClientProvider client={client}>
        <Router hook={hook} searchHook={searchHook}>
          <Suspense>{part}</Suspense>
        </Router>
      </QueryClientProvider>
    </MantineProvider>,
  );
}
