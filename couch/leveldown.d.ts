/** The part of leveldown (which ships no types) that couch/leveldb.ts touches. */
declare module 'leveldown' {
  type Done = (error: Error | null) => void;
  interface Rows {
    /** No key and no value after the last row. */
    next(done: (error: Error | null | undefined, key?: string, value?: string) => void): void;
    end(done: Done): void;
  }
  export interface Store {
    open(options: { createIfMissing: boolean }, done: Done): void;
    close(done: Done): void;
    compactRange(start: string, end: string, done: Done): void;
    iterator(options: { lt?: string; gt?: string; keyAsBuffer: false; valueAsBuffer: false }): Rows;
    _close(done: Done): void;
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
