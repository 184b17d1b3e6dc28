/** The internet of the venue, for booth.sh: says what NetworkManager asks for, in the way that FILE says now. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file = ''] = process.argv.slice(2);

createServer((_req, res) => {
  const answer = readFileSync(file, 'utf8');
  if (answer === 'full') res.end('NetworkManager is online\n');
  else if (answer === 'portal') res.writeHead(302, { Location: 'http://10.9.0.1/login' }).end();
  else res.destroy();
}).listen(80, '10.9.0.1', () => process.stdout.write('ready\n'));
