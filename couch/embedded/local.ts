import type { Database } from './databases.ts';
import { type Answer, asObject, badRequest, json, notFound, type Request } from './http.ts';

/**
 * `_local` documents: where replication keeps its checkpoints. They are neither replicated nor validated, and
 * as in CouchDB a write never conflicts: the revision only counts from the one that was given.
 */
export async function getLocal(db: Database, id: string): Promise<Answer> {
  const body = await db.storage.getLocal(id);
  if (!body) throw notFound();
  return json(body);
}

export async function putLocal(db: Database, id: string, request: Request): Promise<Answer> {
  const body = asObject(await request.json(), 'Document must be a JSON object');
  const rev = `0-${countOf(request.query.text('rev') ?? body._rev) + 1}`;
  await db.write(() => db.storage.putLocal(id, { ...body, _id: id, _rev: rev }));
  return json({ ok: true, id, rev }, 201);
}

export async function deleteLocal(db: Database, id: string): Promise<Answer> {
  if (!(await db.write(() => db.storage.removeLocal(id)))) throw notFound();
  return json({ ok: true, id, rev: '0-0' });
}

function countOf(rev: unknown): number {
  if (rev === undefined) return 0;
  const m = typeof rev === 'string' ? /^0-(\d{1,15})$/.exec(rev) : null;
  if (!m) throw badRequest('Invalid rev format');
  return Number(m[1]);
}
