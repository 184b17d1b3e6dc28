/** The part of leveldown (which ships no types) that couch/leveldb.ts touches. */
declare module 'leveldown' {
  type Done = (error: Error | null) => void;
  export interface Store {
    _put(key: unknown, value: unknown, options: object, done: Done): void;
    _del(key: unknown, options: object, done: Done): void;
    _batch(operations: unknown[], options: object, done: Done): void;
    _chainedBatch(): unknown;
  }
  interface LevelDown {
    (location: string): Store;
    destroy(location: string, done: Done): void;
  }
  const leveldown: LevelDown;
  export default leveldown;
}
