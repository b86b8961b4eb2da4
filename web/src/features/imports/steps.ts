/** The steps of an import: each has an address, and the state of the import says which are open. */

import type { Import } from './api';

export const STEPS = ['colonnes', 'verification', 'validation'] as const;

export type Step = (typeof STEPS)[number];

/** Where somebody goes on who comes back to an import. */
export function nextStep(state: Import['state']): Step {
  if (state === 'mapping') return 'colonnes';
  return state === 'previewed' ? 'verification' : 'validation';
}

/** Whether a step has something to show in a state. */
export function isOpen(step: Step, state: Import['state'], hasLayout: boolean): boolean {
  switch (step) {
    case 'colonnes':
      return hasLayout && (state === 'mapping' || state === 'previewed');
    case 'verification':
      return state === 'previewed' || state === 'committed';
    default:
      return state !== 'mapping' && state !== 'previewed';
  }
}

/** The step of an address, or the one that the state asks for. */
export function stepOf(word: string | undefined, found: Pick<Import, 'state' | 'layout'>): Step {
  const asked = STEPS.find((step) => step === word);
  const open = asked && isOpen(asked, found.state, found.layout !== undefined);
  return asked && open ? asked : nextStep(found.state);
}
