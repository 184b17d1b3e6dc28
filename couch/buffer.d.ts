/**
 * @types/pouchdb-core declares a global `Buffer` of its own, without the type parameter of Node's. Merged, it
 * makes every Buffer one that might stand on shared memory, which no API of Node takes any more. Saying again
 * what a Buffer stands on undoes that.
 */
interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
  readonly buffer: TArrayBuffer;
}
