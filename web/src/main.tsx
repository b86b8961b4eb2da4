import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/default-css-variables.css';
import './styles/tokens.css';
import './styles/mantine.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { startWorker } from './app/version';
import { startLanguages } from './i18n';

const root = document.getElementById('root');

async function start(): Promise<void> {
  await startLanguages();
  if (!root) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
startWorker();
