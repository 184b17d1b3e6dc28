import { type CouchAddress, openCouch } from '@photomaton/couch';

const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function ask(url: string, path: string, username: string, password: string): Promise<Response> {
  return await fetch(`${url}/${path}`, {
    headers: { Authorization: basic(username, password) },
    signal: AbortSignal.timeout(10_000),
  });
}

/** What CouchDB answers this user who asks for a database: 200, 401 (wrong key) or 403 (not let in). */
export async function statusAs(url: string, username: string, password: string, db: string): Promise<number> {
  const answer = await ask(url, `${db}/_all_docs?limit=1`, username, password);
  await answer.arrayBuffer();
  return answer.status;
}

/** Every document of every database but CouchDB's own notes of which of them changed, as one text. */
export async function everyDocument(admin: CouchAddress): Promise<string> {
  const couch = openCouch(admin);
  const databases = (await (
    await ask(admin.url, '_all_dbs', admin.username, admin.password)
  ).json()) as string[];
  const ours = databases.filter((db) => db !== '_global_changes');
  return JSON.stringify(await Promise.all(ours.map((db) => couch.range(db, { limit: 1000 }))));
}
