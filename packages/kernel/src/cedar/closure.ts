/** Ancestors of every node of a hierarchy. Iterative, so that a long chain cannot exhaust the stack. */

export interface HierarchyNode {
  readonly key: string;
  readonly parents: readonly string[];
}

type AncestorsOf = (key: string) => ReadonlySet<string> | undefined;

function union(parents: readonly string[], above: AncestorsOf): Set<string> {
  const ancestors = new Set<string>();
  for (const parent of parents) {
    ancestors.add(parent);
    for (const key of above(parent) ?? []) ancestors.add(key);
  }
  return ancestors;
}

/**
 * For each node the keys of everything above it; undefined when the hierarchy has a cycle. A parent that is not a node counts as an ancestor
 * without parents. `known` answers for nodes that were closed before, such as the store's under an overlay.
 */
export function closuresOf(
  nodes: readonly HierarchyNode[],
  known: AncestorsOf = () => undefined,
): Map<string, ReadonlySet<string>> | undefined {
  const parentsOf = new Map(nodes.map((node) => [node.key, node.parents]));
  const closed = new Map<string, ReadonlySet<string>>();
  const open = new Set<string>();
  for (const { key: start } of nodes) {
    const path = [start];
    while (path.length > 0) {
      const key = path[path.length - 1] as string;
      const parents = parentsOf.get(key) ?? [];
      if (closed.has(key)) {
        path.pop();
        continue;
      }
      open.add(key);
      const pending = parents.filter((parent) => parentsOf.has(parent) && !closed.has(parent));
      if (pending.some((parent) => open.has(parent))) return undefined;
      if (pending.length > 0) {
        path.push(...pending);
        continue;
      }
      const ancestors = union(parents, (parent) => closed.get(parent) ?? known(parent));
      // Only an overlay can be reached through `known` and lead back to itself.
      if (ancestors.has(key)) return undefined;
      closed.set(key, ancestors);
      open.delete(key);
      path.pop();
    }
  }
  return closed;
}
