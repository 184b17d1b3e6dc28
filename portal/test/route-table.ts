import type { Express, RequestHandler } from 'express';
import { requireAccount, requireCustomer, requireFresh, requireOperator } from '../accounts/require.ts';

/** They let nobody in. */
const DOORS = new Set<unknown>([
  requireAccount,
  requireCustomer,
  requireFresh,
  requireOperator,
] satisfies RequestHandler[]);

interface Layer {
  handle: { stack?: Layer[] };
  route?: { path: string; methods: Record<string, boolean> };
  rawPath: string;
}

export interface Route {
  method: string;
  /** As it was given to Express: `/events/:event`. */
  path: string;
}

/** Every route of the app, and the paths of all else that is mounted at one (folders of files, a proxy). */
export function routeTable(app: Express): { routes: Route[]; mounts: string[] } {
  const routes: Route[] = [];
  const mounts = new Set<string>();
  const walk = (layers: Layer[], prefix: string) => {
    for (const { route, handle, rawPath } of layers) {
      if (route) {
        const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
        routes.push(...methods.map((method) => ({ method, path: prefix + route.path })));
      } else if (handle.stack) {
        walk(handle.stack, rawPath === '/' ? prefix : prefix + rawPath);
      } else if (rawPath !== '/' && !DOORS.has(handle)) {
        mounts.add(prefix + rawPath);
      }
    }
  };
  walk((app.router as unknown as { stack: Layer[] }).stack, '');
  return { routes, mounts: [...mounts] };
}
