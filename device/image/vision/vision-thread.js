// Threads do not get the loader of the process that starts them (Node 20), so they register their own.
import { register } from 'tsx/esm/api';

register();
await import('./vision-worker.ts');
