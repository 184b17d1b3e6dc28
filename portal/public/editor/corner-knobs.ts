/** Upon the canvas: the four corners of the photo that is chosen, each to be drawn elsewhere. */
import Konva from 'konva';
import type { Point } from './box.ts';
import type { Fields } from './fields.ts';

/** On the screen, in CSS pixels; a finger finds it from further. */
const RADIUS_PX = 8;
const FINGER_PX = 28;

interface CornerKnobs {
  group: Konva.Group;
  /** Those of a photo that is placed corner by corner; none for everything else. */
  show(id: string | undefined): void;
}

export function createCornerKnobs(o: {
  fields: Fields;
  colour: string;
  /** CSS pixels a dot. */
  scale(): number;
  snap(at: Point): Point;
  onGrab(id: string, corner: number): void;
  onChange(): void;
  onRefused(): void;
}): CornerKnobs {
  const { fields } = o;
  let shown: string | undefined;
  let isRefused = false;
  const outline = new Konva.Line({
    ...{ closed: true, listening: false, stroke: o.colour, strokeWidth: 1, strokeScaleEnabled: false },
  });
  const knobs = [0, 1, 2, 3].map((corner) => {
    const knob = new Konva.Circle({
      ...{ draggable: true, fill: '#ffffff', stroke: o.colour, strokeWidth: 2, strokeScaleEnabled: false },
    });
    knob.on('pointerdown', () => shown !== undefined && o.onGrab(shown, corner));
    knob.on('dragstart', () => {
      isRefused = false;
    });
    knob.on('dragmove', () => {
      if (shown === undefined) return;
      isRefused = !fields.setCorner(shown, corner, o.snap(knob.position()));
      place(shown);
    });
    knob.on('dragend', () => {
      o.onChange();
      if (isRefused) o.onRefused();
    });
    return knob;
  });
  const group = new Konva.Group({ visible: false });
  group.add(outline, ...knobs);

  function place(id: string): void {
    const corners = fields.cornersOf(id) ?? [];
    outline.points(corners.flatMap(({ x, y }) => [x, y]));
    for (const [i, at] of corners.entries()) {
      knobs[i]?.setAttrs({ ...at, radius: RADIUS_PX / o.scale(), hitStrokeWidth: FINGER_PX });
    }
  }

  return {
    group,
    show(id) {
      shown = id !== undefined && fields.cornersOf(id) ? id : undefined;
      group.visible(shown !== undefined);
      if (shown !== undefined) place(shown);
    },
  };
}
