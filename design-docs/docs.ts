/**
 * The documents of Photomaton: every type that is stored in a database, and every id, each beside its database's maps
 * and validators. Booth and portal never import each other; what they share is a document, and it is here.
 */
export * from './accounts/docs.ts';
export * from './audit/docs.ts';
export * from './booth/docs.ts';
export * from './designs/docs.ts';
export * from './event/docs.ts';
export * from './fleet/docs.ts';
export * from './ids.ts';
export * from './paillasson/docs.ts';
export * from './sessions/docs.ts';
