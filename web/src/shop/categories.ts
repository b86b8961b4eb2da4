/** The tree of categories, flattened for a list to choose from. Pure. */

import type { Schemas } from '@/api/client';

export type Category = Schemas['Category'];

export interface Branch {
  category: Category;
  depth: number;
}

/** Every category after its parent, each level by name. What has no known parent stands at the top. */
export function branches(categories: readonly Category[]): Branch[] {
  const known = new Set(categories.map(({ id }) => id));
  const below = new Map<string, Category[]>();
  for (const category of categories) {
    const parent = category.parent_id && known.has(category.parent_id) ? category.parent_id : '';
    below.set(parent, [...(below.get(parent) ?? []), category]);
  }
  const found: Branch[] = [];
  const walk = (parent: string, depth: number) => {
    const level = [...(below.get(parent) ?? [])].sort((a, b) => a.name.localeCompare(b.name));
    for (const category of level) {
      found.push({ category, depth });
      walk(category.id, depth + 1);
    }
  };
  walk('', 0);
  return found;
}

/** The names of a select, moved in by their depth: of the categories in use. */
export const categoryOptions = (categories: readonly Category[]) =>
  branches(categories.filter(({ archived }) => !archived)).map(({ category, depth }) => ({
    value: category.id,
    label: `${'\u00a0\u00a0\u00a0'.repeat(depth)}${category.name}`,
  }));

/** A category and all that lies in it: what it cannot be moved into. */
export function within(categories: readonly Category[], id: string): ReadonlySet<string> {
  const all = branches(categories);
  const at = all.findIndex(({ category }) => category.id === id);
  const top = all[at];
  const found = new Set<string>();
  if (!top) return found;
  found.add(id);
  for (const branch of all.slice(at + 1)) {
    if (branch.depth <= top.depth) break;
    found.add(branch.category.id);
  }
  return found;
}
