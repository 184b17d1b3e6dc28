/**
 * Text as outlines of the fonts that come with the package (OFL, the same designs as the look's): the machine's own
 * fonts are never asked, so a text is the same shape on every booth and portal. HarfBuzz sets it as browsers do.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TemplateText } from '@photomaton/design-docs/template';
import * as hb from 'harfbuzzjs';

export type FontName = TemplateText['font'];
export type FontWeight = TemplateText['weight'];

interface LoadedFont {
  font: hb.Font;
  unitsPerEm: number;
  characters: ReadonlySet<number>;
}

export interface Outlines {
  /** SVG, in ems, the baseline at 0, upwards negative. */
  svg: string;
  /** In ems. */
  width: number;
}

const WEIGHTS = { 400: '400Regular', 500: '500Medium', 600: '600SemiBold', 700: '700Bold' } as const;
const loaded = new Map<string, LoadedFont>();

function load(name: FontName, weight: FontWeight): LoadedFont {
  const file = `@expo-google-fonts/${name.toLowerCase()}/${WEIGHTS[weight]}/${name}_${WEIGHTS[weight]}.ttf`;
  const known = loaded.get(file);
  if (known) return known;
  const face = new hb.Face(new hb.Blob(readFileSync(fileURLToPath(import.meta.resolve(file)))));
  const font = new hb.Font(face);
  const opened = { font, unitsPerEm: face.upem, characters: new Set(face.collectUnicodes()) };
  loaded.set(file, opened);
  return opened;
}

/** Draws one line. A character that neither font has, as a picture of a cake, is left out. */
export function outline(
  text: string,
  style: { font: FontName; weight: FontWeight; tracking: number },
): Outlines {
  let svg = '';
  let width = 0;
  for (const run of runsOf(text, style.font, style.weight)) {
    const { font, unitsPerEm } = run.font;
    const buffer = new hb.Buffer();
    buffer.addText(run.text);
    buffer.guessSegmentProperties();
    // Letters set apart do not grow together.
    hb.shape(font, buffer, style.tracking === 0 ? [] : [new hb.Feature('liga', 0)]);
    const positions = buffer.getGlyphPositions();
    for (const [i, { codepoint: glyph }] of buffer.getGlyphInfos().entries()) {
      const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[i] ?? {};
      const x = (width + xOffset / unitsPerEm).toFixed(4);
      const scale = (1 / unitsPerEm).toFixed(8);
      const path = font.glyphToPath(glyph);
      const transform = `translate(${x} ${(-yOffset / unitsPerEm).toFixed(4)}) scale(${scale} -${scale})`;
      if (path !== '') svg += `<path transform="${transform}" d="${path}"/>`;
      width += xAdvance / unitsPerEm + style.tracking;
    }
  }
  return { svg, width: Math.max(0, width - style.tracking) };
}

/** Greek and Cyrillic, which Fraunces does not have, are set in Inter. */
function runsOf(text: string, name: FontName, weight: FontWeight): { font: LoadedFont; text: string }[] {
  const fonts = [load(name, weight), load('Inter', weight)];
  const runs: { font: LoadedFont; text: string }[] = [];
  for (const character of text.normalize('NFC')) {
    const font = fonts.find(({ characters }) => characters.has(character.codePointAt(0) ?? 0));
    if (!font) continue;
    const last = runs.at(-1);
    if (last?.font === font) last.text += character;
    else runs.push({ font, text: character });
  }
  return runs;
}
