import { deflateSync } from 'node:zlib';
import type { Template } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import { seeded } from './seeded.ts';

/** Something that is sent as a template, and what the refusal has to speak of. */
export interface Malformed {
  what: string;
  value: unknown;
  images: Map<string, Uint8Array>;
  reason: RegExp;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A good template with every field there is, and its pictures. */
export async function goodTemplate(): Promise<{ template: Template; images: Map<string, Uint8Array> }> {
  const noise = sharp({
    create: {
      ...{ width: 120, height: 90, channels: 3 as const, background: 'black' },
      noise: { type: 'gaussian' as const, mean: 128, sigma: 60 },
    },
  });
  const images = new Map<string, Uint8Array>([
    ['back.jpg', await noise.clone().jpeg().toBuffer()],
    ['front.png', await noise.clone().ensureAlpha(0.5).png().toBuffer()],
    ['stamp.webp', await noise.clone().webp().toBuffer()],
  ]);
  const place = { x: 10, y: 10, width: 100, height: 80 };
  const corner = (x: number, y: number) => ({ x, y });
  const template: Template = {
    ...{ name: 'good', version: 3, title: { fr: 'Bon', en: 'Good' }, mode: 'strip' },
    size: { width: 600, height: 400 },
    background: { colour: 'paper', image: 'back.jpg' },
    slots: [
      { shot: 0, ...place, rotation: 5, radius: 10 },
      { shot: 1, ...place, corners: [corner(0, 0), corner(90, 5), corner(90, 80), corner(0, 90)] },
    ],
    overlays: [
      { image: 'front.png', ...place, opacity: 0.5, tint: 'accent' },
      { image: 'stamp.webp', ...place },
    ],
    texts: [
      {
        ...{ text: '{event}, {date}, {time}', ...place, align: 'center', verticalAlign: 'top' },
        ...{ font: 'Inter', weight: 500, size: 30, colour: '#102030', tracking: 0.1, rotation: -5 },
      },
      {
        ...{ text: { fr: 'Bonjour', en: 'Hello' }, ...place, align: 'left' },
        ...{ font: 'Fraunces', weight: 600, size: 30, colour: 'accent-text' },
      },
    ],
    filter: 'sepia',
  };
  return { template, images };
}

/** At least 100: every field missing and of a wrong type, and what somebody who means harm would try. */
export async function malformedTemplates(): Promise<Malformed[]> {
  const { template, images } = await goodTemplate();
  const good = template as unknown as Json;
  const found: Malformed[] = [];
  const bad = (what: string, value: unknown, reason: RegExp, pictures = images) =>
    found.push({ what, value, images: pictures, reason });

  const random = seeded(11);
  for (const path of pathsOf(good)) {
    // Of a text in two languages the whole is named: it might have been meant as one in a single.
    const where = new RegExp(path.join('\\.').replace(/(text)\\\.(fr|en)$/, '$1'));
    if (!isOptional(path)) bad(`without ${path.join('.')}`, changed(good, path, undefined), where);
    const wrong = WRONG[Math.floor(random() * WRONG.length)] as Json;
    bad(`${path.join('.')} is ${JSON.stringify(wrong)}`, changed(good, path, wrong), where);
    if (typeof at(good, path) === 'object' && !Array.isArray(at(good, path))) {
      bad(`${path.join('.')} has more`, changed(good, [...path, 'onload'], 'alert(1)'), /onload/);
    }
  }
  for (const value of [undefined, null, 7, 'template', [], [good], true])
    bad(`${value}`, value, /Invalid input/);
  const withProto = JSON.parse(JSON.stringify(good).replace('{', '{"__proto__":{"isAdmin":true},')) as Json;
  bad('__proto__', withProto, /__proto__/);
  bad('constructor', { ...template, constructor: { prototype: {} } }, /constructor/);

  const numbers: [string[], unknown, RegExp][] = [
    [['size', 'width'], 20_000, /size\.width.*3600/],
    [['size', 'height'], 0, /size\.height/],
    [['size', 'height'], 99.5, /size\.height.*int/],
    [['slots', '0', 'width'], 20_000, /slots\.0\.width/],
    [['slots', '0', 'width'], -1, /slots\.0\.width/],
    [['slots', '0', 'x'], Number.NaN, /slots\.0\.x/],
    [['slots', '0', 'y'], Number.POSITIVE_INFINITY, /slots\.0\.y/],
    [['slots', '0', 'x'], 600, /slots\.0: lies outside the page/],
    [['slots', '0', 'rotation'], 400, /slots\.0\.rotation/],
    [['slots', '0', 'shot'], 4, /slots\.0\.shot/],
    [['slots', '0', 'shot'], 2, /slots: no slot shows shot 0/],
    [['overlays', '0', 'opacity'], 1.1, /overlays\.0\.opacity/],
    [['overlays', '0', 'x'], -100, /overlays\.0: lies outside the page/],
    [['texts', '0', 'size'], 1e9, /texts\.0\.size/],
    [['texts', '0', 'weight'], 450, /texts\.0\.weight/],
    [['texts', '0', 'text'], '', /texts\.0\.text/],
    [['texts', '0', 'text'], 'x'.repeat(201), /texts\.0\.text/],
    [['texts', '0', 'text'], '{evnet}', /texts\.0\.text.*filled in/],
    [['texts', '0', 'font'], '../../etc/passwd', /texts\.0\.font/],
    [['texts', '0', 'colour'], '#fff"/><script>', /texts\.0\.colour.*#rrggbb/],
    [['background', 'colour'], 'url(http://127.0.0.1/)', /background\.colour/],
    [['background', 'image'], 'back.svg', /background\.image/],
    [['overlays', '0', 'image'], '../front.png', /overlays\.0\.image/],
    [['overlays', '0', 'image'], 'gone.png', /gone\.png is missing/],
    [['name'], '../settings', /name/],
    [['name'], 'x'.repeat(65), /name/],
    [['version'], 0, /version/],
    [['mode'], 'single', /mode: single cannot have 2 shots/],
    [['slots'], [], /slots/],
    [['slots'], Array.from({ length: 17 }, () => template.slots[0]), /slots/],
    [['slots', '0'], { shot: 0, x: 0, y: 0, width: 1000, height: 600 }, /slots: .*two pages/],
    [['slots', '1', 'corners'], template.slots[1]?.corners?.slice(0, 3), /corners/],
    [['slots', '1', 'corners'], template.slots[1]?.corners?.toReversed(), /corners: are not/],
    [['texts'], Array.from({ length: 5000 }, () => ({ text: 1 })), /texts/],
  ];
  for (const [path, value, reason] of numbers) {
    bad(
      `${path.join('.')}: ${JSON.stringify(value)?.slice(0, 40)}`,
      changed(good, path, value as Json),
      reason,
    );
  }
  for (const [what, bytes] of Object.entries(await harmfulImages())) {
    for (const name of images.keys()) {
      bad(
        `${what} as ${name}`,
        template,
        new RegExp(name.replace('.', '\\.')),
        new Map([...images, [name, bytes]]),
      );
    }
  }
  return found;
}

/** Of no type that any field takes, whatever the field is. */
const WRONG: Json[] = [null, true, [[]], { length: -1 }];
const OPTIONAL = [
  'image',
  'rotation',
  'radius',
  'corners',
  'opacity',
  'tint',
  'tracking',
  'verticalAlign',
  'filter',
];
/** Neither does an element of a list have to be there. */
const isOptional = (path: string[]) =>
  OPTIONAL.includes(path.at(-1) ?? '') || /^\d+$/.test(path.at(-1) ?? '');

function pathsOf(value: Json, above: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...above, key];
    return [path, ...pathsOf(inner, path)];
  });
}

const at = (value: Json, path: string[]): Json =>
  path.reduce<Json>((inner, key) => (inner as Record<string, Json>)[key] as Json, value);

/** A copy in which one thing is another; undefined: is not there. */
function changed(value: Json, path: string[], to: Json | undefined): Json {
  const copy = structuredClone(value);
  const parent = at(copy, path.slice(0, -1)) as Record<string, Json>;
  if (to === undefined) delete parent[path.at(-1) ?? ''];
  else parent[path.at(-1) ?? ''] = to;
  return copy;
}

async function harmfulImages(): Promise<Record<string, Uint8Array>> {
  const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
  const bomb = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "lol">${lol}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&l9;</text></svg>`;
  const large = sharp({ create: { width: 640, height: 480, channels: 3, background: 'teal' } });
  const [jpeg, png, webp] = [
    await large.clone().jpeg().toBuffer(),
    await large.clone().png({ compressionLevel: 0 }).toBuffer(),
    await large.clone().webp({ lossless: true }).toBuffer(),
  ];
  const flipped = Buffer.from(png);
  flipped.fill(0xff, 4000, 8000);
  return {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from([0xff]),
    'an SVG': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    'an SVG bomb': Buffer.from(bomb),
    'an SVG that reads a file': Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"><image xlink:href="file:///etc/passwd"/></svg>',
    ),
    'a page': Buffer.from('<!doctype html><script>alert(1)</script>'),
    'a GIF': await large.clone().gif().toBuffer(),
    'a TIFF': await large.clone().tiff().toBuffer(),
    'a zip': Buffer.from('504b0304140000000800', 'hex'),
    'the first bytes of a PNG': png.subarray(0, 8),
    'half a PNG': png.subarray(0, png.length >> 1),
    'half a JPEG': jpeg.subarray(0, jpeg.length >> 1),
    'half a WebP': webp.subarray(0, webp.length >> 1),
    'a PNG with torn data': flipped,
    'an SVG behind the first bytes of a PNG': Buffer.concat([png.subarray(0, 8), Buffer.from(bomb)]),
    'a PNG of 20,000 pixels': pngOf(20_000, 20_000),
    'a PNG of 4,000,000,000 pixels a side': pngOf(0x7fffffff, 0x7fffffff),
    'a PNG that is smaller unpacked than it says': pngOf(2000, 2000, 4000),
  };
}

/** A grey PNG that says it is so large, of zeros that unpack to so many bytes: by default a tenth of its rows. */
function pngOf(width: number, height: number, bytes = Math.min(40_000_000, (width + 1) * height)): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const magic = Buffer.from('89504e470d0a1a0a', 'hex');
  const data = deflateSync(Buffer.alloc(bytes), { level: 9 });
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** As PNG wants it; node:zlib has one from Node 22 on. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
