export interface Size {
  width: number;
  height: number;
}

/** So few pixels are a colour or a shade, there to be stretched: the templates of every booth rule lines with them. */
const SWATCH = 16;

/**
 * A picture looks soft on paper when it is stretched over more dots than it has pixels. Dots are 300 to the inch: what
 * prints twice as fine makes very large sheets, to be looked at from further.
 */
export function isSoft(pixels: Size, dots: Size): boolean {
  if (Math.min(pixels.width, pixels.height) <= SWATCH) return false;
  return pixels.width < dots.width || pixels.height < dots.height;
}
