import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

/** Libraries for browsers, to be mounted at `/static/vendor`: their own builds, served from their packages. */
export function vendorRoutes(): Router {
  const socketIo = dirname(fileURLToPath(import.meta.resolve('socket.io-client/package.json')));
  const router = express.Router();
  router.get('/socket.io.js', (_req, res) => {
    res.set('Cache-Control', 'no-cache');
    res.sendFile(join(socketIo, 'dist', 'socket.io.esm.min.js'), { cacheControl: false });
  });
  return router;
}
