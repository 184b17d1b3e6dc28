/** The page as a canvas: the booth's picture, and upon it what can be taken hold of. */
import Konva from 'konva';
import { type Box, type Lines, linesOf, nearest, type Point, snapBox } from './box.ts';
import { createCornerKnobs } from './corner-knobs.ts';
import type { Fields } from './fields.ts';

const RED = '#b3261e';
/** On the screen, in CSS pixels. */
const NEAR_PX = 6;

interface Stage {
  /** The fields have changed: everything is where they say. */
  draw(): void;
  /** What the booth makes of it. */
  setPicture(picture: CanvasImageSource): void;
  select(id: string | undefined): void;
}

export function openStage(o: {
  container: HTMLDivElement;
  fields: Fields;
  /** How much room there is, in CSS pixels. */
  room(): { width: number; height: number };
  onSelect(id: string | undefined): void;
  /** One of the four corners of a photo is taken hold of. */
  onCorner(id: string, corner: number): void;
  /** Moved, resized or turned: the fields say so already. */
  onChange(): void;
  /** A corner was drawn where it cannot be. */
  onRefused(): void;
}): Stage {
  const { fields } = o;
  const stage = new Konva.Stage({ container: o.container });
  const below = new Konva.Layer({ listening: false });
  const above = new Konva.Layer();
  stage.add(below, above);
  const picture = new Konva.Image({ image: undefined });
  below.add(picture);
  const guides = { x: guide(), y: guide() };
  const transformer = new Konva.Transformer({
    ...{ flipEnabled: false, keepRatio: false, ignoreStroke: true, borderStroke: RED, anchorStroke: RED },
    ...{ anchorSize: 12, anchorCornerRadius: 6, rotateAnchorOffset: 28 },
    rotationSnaps: [0, 45, 90, 135, 180, 225, 270, 315],
    anchorDragBoundFunc: (_before, at) => snapAnchor(at),
  });
  const knobs = createCornerKnobs({
    ...{ fields, colour: RED, scale: () => stage.scaleX(), snap: snapPoint },
    onGrab: o.onCorner,
    onChange() {
      showGuides({});
      o.onChange();
    },
    onRefused: o.onRefused,
  });
  let nodes = new Map<string, Konva.Rect>();
  let selected: string | undefined;

  const scale = () => stage.scaleX();
  const linesBeside = (id: string): Lines =>
    linesOf(
      fields.page(),
      fields.elements().flatMap((one) => (one.id === id ? [] : [fields.boxOf(one.id)])),
    );

  function guide(): Konva.Line {
    return new Konva.Line({
      stroke: RED,
      strokeWidth: 1,
      strokeScaleEnabled: false,
      dash: [6, 4],
      visible: false,
    });
  }

  function showGuides(kept: { x?: number; y?: number }): void {
    const { width, height } = fields.page();
    guides.x.visible(kept.x !== undefined).points([kept.x ?? 0, 0, kept.x ?? 0, height]);
    guides.y.visible(kept.y !== undefined).points([0, kept.y ?? 0, width, kept.y ?? 0]);
  }

  /** A corner or an edge that is drawn comes to rest on a line; positions are those of the screen. */
  function snapAnchor(at: Konva.Vector2d): Konva.Vector2d {
    const isTurned = selected !== undefined && fields.boxOf(selected).rotation !== 0;
    if (selected === undefined || isTurned || transformer.getActiveAnchor() === 'rotater') return at;
    const lines = linesBeside(selected);
    const near = NEAR_PX / scale();
    return {
      x: (nearest(at.x / scale(), lines.x, near) ?? at.x / scale()) * scale(),
      y: (nearest(at.y / scale(), lines.y, near) ?? at.y / scale()) * scale(),
    };
  }

  /** A corner of a photo, on the nearest lines. */
  function snapPoint({ x, y }: Point): Point {
    const lines = linesBeside(selected ?? '');
    const near = NEAR_PX / scale();
    const kept = { x: nearest(x, lines.x, near), y: nearest(y, lines.y, near) };
    showGuides({ ...(kept.x !== undefined && { x: kept.x }), ...(kept.y !== undefined && { y: kept.y }) });
    return { x: kept.x ?? x, y: kept.y ?? y };
  }

  /** Around its middle, as the renderer turns it. */
  function place(node: Konva.Rect, { x, y, width, height, rotation }: Box): void {
    node.setAttrs({ width, height, rotation, scaleX: 1, scaleY: 1 });
    node.setAttrs({ offsetX: width / 2, offsetY: height / 2, x: x + width / 2, y: y + height / 2 });
  }

  function boxIn(node: Konva.Rect): Box {
    const width = node.width() * node.scaleX();
    const height = node.height() * node.scaleY();
    const rotation = node.rotation();
    return { x: node.x() - width / 2, y: node.y() - height / 2, width, height, rotation };
  }

  function nodeFor(id: string): Konva.Rect {
    const node = new Konva.Rect({
      ...{ draggable: true, fill: 'rgba(0,0,0,0)', strokeScaleEnabled: false, strokeWidth: 2 },
    });
    node.on('pointerdown', () => choose(id));
    node.on('mouseenter', () => node.stroke(fields.cornersOf(id) ? '' : RED));
    node.on('mouseleave', () => node.stroke(''));
    node.on('dragmove', () => {
      const box = boxIn(node);
      const { box: kept, kept: lines } =
        box.rotation === 0 ? snapBox(box, linesBeside(id), NEAR_PX / scale()) : { box, kept: {} };
      place(node, kept);
      showGuides(lines);
      fields.setBox(id, kept);
      if (id === selected) knobs.show(id);
    });
    node.on('transform', () => fields.setBox(id, boxIn(node)));
    node.on('dragend transformend', () => {
      showGuides({});
      place(node, fields.boxOf(id));
      o.onChange();
    });
    return node;
  }

  function choose(id: string | undefined): void {
    if (id === selected) return;
    select(id);
    o.onSelect(id);
  }

  function select(id: string | undefined): void {
    selected = id;
    const node = id === undefined ? undefined : nodes.get(id);
    knobs.show(id);
    transformer.nodes(node && id !== undefined && !fields.cornersOf(id) ? [node] : []);
    transformer.rotateEnabled(fields.elements().find((one) => one.id === id)?.canTurn ?? false);
  }

  // What is chosen has the focus, and keeps it when the mouse is let go.
  o.container.addEventListener('mousedown', (event) => event.preventDefault());
  stage.on('pointerdown', ({ target }) => {
    if (target === (stage as Konva.Node)) choose(undefined);
  });

  return {
    draw() {
      const page = fields.page();
      const room = o.room();
      const fits = Math.min(room.width / page.width, room.height / page.height);
      stage.size({ width: page.width * fits, height: page.height * fits });
      stage.scale({ x: fits, y: fits });
      picture.size(page);
      const areaOf = (id: string) => fields.boxOf(id).width * fields.boxOf(id).height;
      // The smallest is in front: what lies over the whole page leaves the rest within reach.
      const ids = fields.elements().map(({ id }) => id);
      const before = nodes;
      above.removeChildren();
      nodes = new Map(ids.map((id) => [id, before.get(id) ?? nodeFor(id)]));
      for (const [id, node] of nodes) place(node, fields.boxOf(id));
      for (const id of ids.toSorted((a, b) => areaOf(b) - areaOf(a))) above.add(nodes.get(id) as Konva.Rect);
      above.add(guides.x, guides.y, transformer, knobs.group);
      select(selected);
    },
    setPicture(image) {
      picture.image(image as HTMLCanvasElement);
    },
    select,
  };
}
