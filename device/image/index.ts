/**
 * The one door to the renderer, for the portal too: its previews are the booth's own pictures, byte for byte. Nothing
 * behind it knows anything else of the booth.
 */
export { makeBoomerang } from './boomerang.ts';
export { makeBackdrop } from './event-backdrop.ts';
export { createImageWorker, type ImageFailure, type ImageWorker } from './image-worker.ts';
export { makeLogo } from './logo.ts';
export { checkTemplate } from './render/check-template.ts';
export { compose, type FinishedPicture, render } from './render/compose.ts';
export { renderFilm } from './render/film.ts';
export type { Box, Occasion, RenderJob, SlotPicture } from './render/job.ts';
export { cornersOf, renderSlot } from './render/slot.ts';
export type { Tools } from './render/tools.ts';
export { samplePhotographs } from './sample-photographs.ts';
export { makeTemplatePicture, pictureSize } from './template-picture.ts';
export { builtInTemplates, type TemplateWithImages } from './templates/built-in.ts';
