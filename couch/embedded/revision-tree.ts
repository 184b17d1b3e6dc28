/** A revision that no other follows, with its ancestors newest first. */
export interface Leaf {
  rev: string;
  deleted: boolean;
  revisions: { start: number; ids: string[] };
}

/** A node of PouchDB's tree: hash, status, children. */
export type TreeNode = [hash: string, status: { deleted?: boolean }, children: TreeNode[]];

/** The leaves at or below a node of the tree. */
export function leavesBelow(
  [hash, { deleted }, children]: TreeNode,
  ancestors: string[],
  pos: number,
): Leaf[] {
  const ids = [hash, ...ancestors];
  if (children.length > 0) return children.flatMap((child) => leavesBelow(child, ids, pos + 1));
  return [{ rev: `${pos}-${hash}`, deleted: deleted === true, revisions: { start: pos, ids } }];
}

/** CouchDB's order of leaves: not deleted before deleted, longer before shorter, then the greater hash. */
export function winnerFirst(a: Leaf, b: Leaf): number {
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
  return -compareRevs(a.rev, b.rev);
}

/** Longer histories are greater, and among equal ones the greater hash. */
export function compareRevs(a: string, b: string): number {
  const [x, y] = [splitRev(a), splitRev(b)];
  return x.pos - y.pos || (x.hash < y.hash ? -1 : Number(x.hash > y.hash));
}

const indexIn = ({ revisions: { start, ids } }: Leaf, rev: string): number =>
  ids.findIndex((hash, i) => `${start - i}-${hash}` === rev);

/** Is this revision in the document's tree, as a leaf or as an ancestor of one? */
export const isKnown = (leaves: Leaf[], rev: string): boolean =>
  leaves.some((leaf) => indexIn(leaf, rev) >= 0);

/** A revision of the tree with its ancestors, newest first. */
export function historyOf(leaves: Leaf[], rev: string): { start: number; ids: string[] } {
  const leaf = leaves.find((one) => indexIn(one, rev) >= 0);
  const { pos, hash } = splitRev(rev);
  return { start: pos, ids: leaf ? leaf.revisions.ids.slice(indexIn(leaf, rev)) : [hash] };
}

/** `{ pos: 2, hash: 'ab' }` of `2-ab`, which must be well-formed. */
export function splitRev(rev: string): { pos: number; hash: string } {
  const dash = rev.indexOf('-');
  return { pos: Number(rev.slice(0, dash)), hash: rev.slice(dash + 1) };
}
