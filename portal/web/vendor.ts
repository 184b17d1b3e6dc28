import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

const folderOf = (file: string): string => dirname(fileURLToPath(import.meta.resolve(file)));

/** Libraries for browsers, to be mounted at `/static/vendor`: their own builds, served from their packages. */
export function vendorRoutes(): Router {
  const photoswipe = folderOf('photoswipe');
  const files = {
    'socket.io.js': join(folderOf('socket.io-client/package.json'), 'dist', 'socket.io.esm.min.js'),
    'photoswipe.js': join(photoswipe, 'photoswipe.esm.min.js'),
    'photoswipe-lightbox.js': join(photoswipe, 'photoswipe-lightbox.esm.min.js'),
    'photoswipe.css': join(photoswipe, 'photoswipe.css'),
  };
  const router = express.Router();
  for (const [name, file] of Object.entries(files)) {
    router.get(`/${name}`, (_req, res) => {
      res.set('Cache-Control', 'no-cache');
      res.sendFile(file, { cacheControl: false });
    });
  }
  // Its build for browsers is a script: as a module, it has what the script makes global.
  const konva = readFileSync(join(folderOf('konva'), '..', 'konva.min.js'), 'utf8');
  router.get('/konva.js', (_req, res) => {
    res.set('Cache-Control', 'no-cache').type('js').send(`${konva}\nexport default globalThis.Konva;\n`);
  });
  return router;
}
