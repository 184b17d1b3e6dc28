/** Stands where the setup page listens in the hotspot: sends every phone to it, and says what it was told. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

createServer(async (req, res) => {
  if (req.headers.host !== '10.42.0.1') {
    res.writeHead(302, { Location: 'http://10.42.0.1/', 'Cache-Control': 'no-store' }).end();
  } else if (req.method === 'POST') res.end(`told: ${await text(req)}`);
  else res.end('the setup page');
}).listen(Number(process.argv[2] ?? 8091), () => process.stdout.write('ready\n'));
