/** A text as searches compare it: whatever its case and its accents. */
export const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The words of a search: what it finds has all of them. */
export const wordsOf = (q: string): string[] => folded(q).split(/\s+/).filter(Boolean);
