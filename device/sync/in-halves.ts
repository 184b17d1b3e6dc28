/**
 * Does the work for all items at once; where something on the way says that this is too large (413), for each half.
 * A single item that is too large is an error.
 */
export async function inHalves<T>(items: T[], work: (items: T[]) => Promise<void>): Promise<void> {
  try {
    await work(items);
  } catch (error) {
    if ((error as { status?: number }).status !== 413 || items.length < 2) throw error;
    const middle = Math.ceil(items.length / 2);
    await inHalves(items.slice(0, middle), work);
    await inHalves(items.slice(middle), work);
  }
}
