import type { FilterName } from '@photomaton/design-docs/template';
import { FILTERS } from '../../image/filters.ts';
import { GREEN } from '../../image/green-screen.ts';
import { cropOf } from '../../image/render/crop.ts';

/** The formulas of image/filters.ts and image/green-screen.ts, for each pixel on the graphics processor. */
const FRAGMENT = `
precision highp float;
varying vec2 at;
uniform sampler2D picture;
uniform sampler2D background;
uniform vec2 backgroundScale;
uniform vec2 backgroundOffset;
uniform bool isKeyed;
uniform mat3 matrix;
uniform vec3 offset;
uniform float contrast;

/* Beside the part that is in the final picture the background goes on, mirrored at its edges. */
vec3 behind() {
  vec2 place = at * backgroundScale + backgroundOffset;
  return texture2D(background, 1.0 - abs(mod(place, 2.0) - 1.0)).rgb;
}

void main() {
  vec3 c = texture2D(picture, at).rgb;
  if (isKeyed) {
    float most = max(c.r, c.b);
    float greenness = (c.g - most) / max(c.g, ${float(GREEN.DARK)});
    float guest = 1.0 - smoothstep(${float(GREEN.GUEST)}, ${float(GREEN.SCREEN)}, greenness);
    c.g = min(c.g, most);
    c = mix(behind(), c, guest);
  }
  c = clamp(matrix * c + offset, 0.0, 1.0);
  gl_FragColor = vec4(mix(c, c * c * (3.0 - 2.0 * c), contrast), 1.0);
}`;

/** One triangle that covers everything; a picture's first row is the top one. */
const VERTEX = `
attribute vec2 corner;
varying vec2 at;
void main() {
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

type Source = HTMLVideoElement | HTMLCanvasElement | HTMLImageElement;
export interface Look {
  filter: FilterName;
  /** The guest stands before it instead of the green screen. */
  background?: HTMLCanvasElement | HTMLImageElement | undefined;
  /** The shape of the place for which the shot is: the background is hung as it will be there. */
  place?: Size | undefined;
}

interface Size {
  width: number;
  height: number;
}

export interface FilterView {
  /** What is seen: as large as the source, drawn again at each frame between `start` and `stop`. */
  readonly view: HTMLCanvasElement;
  /** The look from the next frame on. */
  show(look: Look): void;
  /** Draws the source as it is now. */
  draw(): void;
  start(): void;
  stop(): void;
}

/** The live view as the final picture will look. Undefined where there is no WebGL: then it is seen as it comes. */
export function createFilterView(source: Source): FilterView | undefined {
  const view = document.createElement('canvas');
  const gl = view.getContext('webgl', { alpha: false, antialias: false });
  let painter = gl && createPainter(gl);
  if (!gl || !painter) return undefined;
  let look: Look = { filter: 'none' };
  let frame: number | undefined;

  // A driver that starts again takes everything with it; meanwhile the view is out of the way.
  view.addEventListener('webglcontextlost', (event) => {
    event.preventDefault(); // which asks for it to be restored
    painter = undefined;
    view.style.visibility = 'hidden';
  });
  view.addEventListener('webglcontextrestored', () => {
    painter = createPainter(gl);
    painter?.show(look);
    view.style.visibility = '';
  });

  function loop(): void {
    painter?.draw(source);
    frame = requestAnimationFrame(loop);
  }

  painter.show(look);
  return {
    view,
    show(wanted) {
      look = wanted;
      painter?.show(look);
    },
    draw: () => painter?.draw(source),
    start() {
      if (frame === undefined) loop();
    },
    stop() {
      if (frame !== undefined) cancelAnimationFrame(frame);
      frame = undefined;
    },
  };
}

interface Painter {
  show(look: Look): void;
  draw(source: Source): void;
}

function createPainter(gl: WebGLRenderingContext): Painter | undefined {
  const program = compile(gl);
  if (!program) return undefined;
  gl.useProgram(program);
  const places = {
    background: gl.getUniformLocation(program, 'background'),
    backgroundScale: gl.getUniformLocation(program, 'backgroundScale'),
    backgroundOffset: gl.getUniformLocation(program, 'backgroundOffset'),
    isKeyed: gl.getUniformLocation(program, 'isKeyed'),
    matrix: gl.getUniformLocation(program, 'matrix'),
    offset: gl.getUniformLocation(program, 'offset'),
    contrast: gl.getUniformLocation(program, 'contrast'),
  };
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 2, 0, 0, 2]), gl.STATIC_DRAW);
  const corner = gl.getAttribLocation(program, 'corner');
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
  openTexture(gl, gl.TEXTURE1);
  openTexture(gl, gl.TEXTURE0);
  gl.uniform1i(places.background, 1);
  let background: Look['background'];
  let place: Look['place'];

  return {
    show(look) {
      const { matrix, offset, contrast } = FILTERS[look.filter];
      const [rr, rg, rb, gr, gg, gb, br, bg, bb] = matrix;
      gl.uniformMatrix3fv(places.matrix, false, [rr, gr, br, rg, gg, bg, rb, gb, bb]); // WebGL takes columns
      gl.uniform3fv(places.offset, offset);
      gl.uniform1f(places.contrast, contrast);
      gl.uniform1i(places.isKeyed, look.background ? 1 : 0);
      if (look.background && look.background !== background) {
        gl.activeTexture(gl.TEXTURE1);
        upload(gl, look.background);
        gl.activeTexture(gl.TEXTURE0);
      }
      ({ background, place } = look);
    },
    draw(source) {
      const size = sizeOf(source);
      if (size.width === 0) return;
      const { canvas } = gl;
      if (canvas.width !== size.width || canvas.height !== size.height) {
        Object.assign(canvas, size);
        gl.viewport(0, 0, size.width, size.height);
      }
      if (background) {
        const { scale, offset } = hanging(sizeOf(background), size, place ?? size);
        gl.uniform2fv(places.backgroundScale, scale);
        gl.uniform2fv(places.backgroundOffset, offset);
      }
      upload(gl, source);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  };
}

function upload(gl: WebGLRenderingContext, picture: Source): void {
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, picture);
}

function compile(gl: WebGLRenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [kind, text] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return undefined;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS)) return program;
  console.warn('no filters', gl.getProgramInfoLog(program));
  return undefined;
}

/** Textures of any size, which is how pictures come. */
function openTexture(gl: WebGLRenderingContext, unit: number): void {
  gl.activeTexture(unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
}

function sizeOf(source: Source): Size {
  if (source instanceof HTMLVideoElement) return { width: source.videoWidth, height: source.videoHeight };
  if (source instanceof HTMLImageElement) return { width: source.naturalWidth, height: source.naturalHeight };
  return { width: source.width, height: source.height };
}

/**
 * Where a point of the view lies on the background, both from 0 to 1: the background covers the part of the view that
 * the place will show (image/render/crop.ts; where heads will move that part, nobody knows yet), as the final picture's
 * does.
 */
function hanging(
  background: Size,
  view: Size,
  place: Size,
): { scale: [number, number]; offset: [number, number] } {
  const crop = cropOf({ photo: view, slot: place });
  const wider = background.width / background.height / (crop.width / crop.height);
  const [across, down] = wider > 1 ? [1 / wider, 1] : [1, wider];
  return {
    scale: [(view.width / crop.width) * across, (view.height / crop.height) * down],
    offset: [(-crop.x / crop.width - 0.5) * across + 0.5, (-crop.y / crop.height - 0.5) * down + 0.5],
  };
}

/** As GLSL writes numbers: never without a point. */
function float(value: number): string {
  return value.toFixed(6);
}
