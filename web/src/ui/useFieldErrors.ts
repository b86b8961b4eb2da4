import { useState } from 'react';
import { asProblem, fieldSentences, problemSentence } from '@/api/problem';

/**
 * What the API refused, placed: `at('lines/0/quantity')` beside its field, `rest` above the form for
 * what has no field of its own here.
 */
export function useFieldErrors(fields: readonly string[]): {
  at: (field: string) => string | undefined;
  rest: string | undefined;
  take: (error: unknown) => void;
  clear: () => void;
} {
  const [placed, setPlaced] = useState<Record<string, string>>({});
  const [rest, setRest] = useState<string>();
  return {
    at: (field) => placed[field],
    rest,
    take: (error) => {
      const problem = asProblem(error);
      const sentences = fieldSentences(problem);
      const here = Object.entries(sentences).filter(([field]) => fields.includes(field));
      const elsewhere = Object.entries(sentences).filter(([field]) => !fields.includes(field));
      setPlaced(Object.fromEntries(here));
      const first = elsewhere[0]?.[1];
      setRest(here.length > 0 && !first ? undefined : (first ?? problemSentence(problem)));
    },
    clear: () => {
      setPlaced({});
      setRest(undefined);
    },
  };
}
