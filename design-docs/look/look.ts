import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import express, { type RequestHandler, type Router } from 'express';

const STYLES = ['tokens.css', 'elements.css', 'components.css'];
const A_YEAR_MS = 365 * 24 * 3600 * 1000;

/** The design system as one sheet. Without our fonts, pages for a weak signal take those of the system. */
export function lookStyles({ fonts }: { fonts: boolean }): string {
  return [...(fonts ? ['fonts.css'] : []), ...STYLES]
    .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
    .join('\n');
}

/** The design system, to be mounted at `/look`: `look.css`, and the fonts it names. Nothing from outside. */
export function lookRoutes(): Router {
  const css = lookStyles({ fonts: true });
  const etag = `"${createHash('sha256').update(css).digest('base64url')}"`;
  const router = express.Router();
  router.get('/look.css', (_req, res) => {
    // Express answers 304 by itself when the browser already has this ETag.
    res.set({ ETag: etag, 'Cache-Control': 'no-cache' }).type('css').send(css);
  });
  for (const family of ['fraunces', 'inter']) {
    const files = join(
      dirname(fileURLToPath(import.meta.resolve(`@fontsource-variable/${family}/package.json`))),
      'files',
    );
    router.use('/fonts', express.static(files, { immutable: true, maxAge: A_YEAR_MS, index: false }));
  }
  return router;
}

const MODULE = /^\/(?:[a-z0-9-]+\/)*[a-z0-9-]+\.ts$/;

/**
 * Serves the TypeScript modules of a folder to browsers under their own names (`/gallery.ts`), types
 * stripped by esbuild, one module a file, no bundle. A module is compiled again when its file changes.
 */
export function browserCode({ folder }: { folder: string }): RequestHandler {
  const compiled = new Map<string, { mtimeMs: number; code: string; etag: string }>();
  return async (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next();
    if (!MODULE.test(req.path)) return next();
    const file = join(folder, req.path);
    const found = await stat(file).catch(() => undefined);
    if (!found) return next();
    let module = compiled.get(file);
    if (module?.mtimeMs !== found.mtimeMs) {
      const { code } = await transform(await readFile(file, 'utf8'), {
        loader: 'ts',
        format: 'esm',
        target: 'es2022',
        sourcefile: req.path,
      });
      const etag = `"${createHash('sha256').update(code).digest('base64url')}"`;
      module = { mtimeMs: found.mtimeMs, code, etag };
      compiled.set(file, module);
    }
    res.set({ ETag: module.etag, 'Cache-Control': 'no-cache' }).type('text/javascript').send(module.code);
  };
}
