import { readFile } from 'node:fs/promises';

/** As camera/player ships them. */
const NAMES = ['astronaut', 'chelsea', 'coffee', 'rocket'];

/** What a template is shown with while there are no shots of the event: as many as asked for, at most four. */
export function samplePhotographs(count: number): Promise<Buffer[]> {
  return Promise.all(
    NAMES.slice(0, count).map((name) => readFile(new URL(`../camera/player/${name}.jpg`, import.meta.url))),
  );
}
