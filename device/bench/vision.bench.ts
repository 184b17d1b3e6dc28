/** npm run bench -- vision: how long a look takes. */
import { existsSync } from 'node:fs';
import { printFigure } from '@photomaton/design-docs/figure';
import { pino } from 'pino';
import sharp from 'sharp';
import { CASCADE } from '../image/vision/eyes.ts';
import { greyFrameOf } from '../image/vision/grey-frame.ts';
import { createVision } from '../image/vision/vision.ts';
import { fastestInTurns, makeLargePhoto, plainCompose } from './plain-compose.ts';

const ROUNDS = 8;

const name = 'vision.analyse';
if (name.startsWith(process.argv[2] ?? '')) await measureAnalyse();

/** Faces and sharpness at 640x360, warm, against a whole page at 600 dpi. */
async function measureAnalyse(): Promise<void> {
  if (!existsSync(CASCADE)) throw new Error('faces cannot be looked for: apt-get install opencv-data');
  const vision = createVision({ log: pino({ level: 'silent' }) });
  const photo = await makeLargePhoto('astronaut');
  const frame = await greyFrameOf(await sharp(photo).resize(640, 360).jpeg().toBuffer());
  const look = async () => {
    if (!(await vision.analyse(frame))?.faces) throw new Error('vision was late');
  };
  while (!(await vision.analyse(frame)));
  const [value, reference] = await fastestInTurns(ROUNDS, look, () =>
    plainCompose([photo, photo, photo, photo]),
  );
  printFigure({ name, value, unit: 'ms', reference, goal: '<=0.15' });
  await vision.stop();
}
