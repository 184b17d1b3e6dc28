/**
 * Makes the PNGs of the built-in templates of their drawings, at 600 dpi:
 *   node --import tsx device/image/templates/draw-art.ts
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const folder = fileURLToPath(new URL('.', import.meta.url));
for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.svg')) continue;
  const png = `${folder}${file.replace(/svg$/, 'png')}`;
  await sharp(`${folder}${file}`).png({ compressionLevel: 9 }).toFile(png);
}
