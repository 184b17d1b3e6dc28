import { existsSync, readFileSync } from 'node:fs';
import type { Box } from '../render/job.ts';
import { chooseMoment } from './choose.ts';
import type { GreyFrame, TimedFrame } from './frames.ts';
import { freeing, loadOpenCv } from './opencv.ts';

interface Seen {
  /** Variance of the Laplacian: comparable between pictures of the same scene and size only. */
  sharpness: number;
  /** Undefined when faces cannot be looked for: Debian's opencv-data is not installed. */
  faces: Box[] | undefined;
}

/** What can be seen, synchronously, in the thread that opened them. */
export interface Eyes {
  analyse(frame: GreyFrame): Seen;
  choose(frames: readonly TimedFrame[]): number | undefined;
}

/** Debian's opencv-data. Its default cascade sees a face in an astronaut's sleeve, this one does not. */
export const CASCADE = '/usr/share/opencv4/haarcascades/haarcascade_frontalface_alt2.xml';
/** Each look is at windows larger by so much: at 1.2 it finds no more in our photographs, in half as much time again. */
const SCALE = 1.25;
/** So many overlapping finds make a face. */
const NEIGHBOURS = 4;
/** Smaller than this part of the picture's height is nobody in front of the booth. */
const SMALLEST_FACE = 1 / 9;
/** To tell which of many frames has a face, a fifth of the time must do. */
const GLANCE_WIDTH = 320;

export function openEyes({ cascade = CASCADE }: { cascade?: string } = {}): Eyes {
  const cv = loadOpenCv();
  const classifier = existsSync(cascade) ? openClassifier(cascade) : undefined;

  function openClassifier(file: string) {
    cv.FS_createDataFile('/', 'faces.xml', readFileSync(file), true, false);
    const opened = new cv.CascadeClassifier();
    if (!opened.load('faces.xml')) throw new Error(`${file} is no cascade`);
    return opened;
  }

  const sharpnessOf = ({ grey, width, height }: GreyFrame): number =>
    freeing(cv, (keep) => {
      const picture = keep(new cv.Mat(height, width, cv.CV_8UC1));
      picture.data.set(grey);
      const edges = keep(new cv.Mat());
      const deviation = keep(new cv.Mat());
      cv.Laplacian(picture, edges, cv.CV_16S, 3);
      cv.meanStdDev(edges, keep(new cv.Mat()), deviation);
      return (deviation.data64F[0] ?? 0) ** 2;
    });

  const facesIn = (frame: GreyFrame, atWidth = frame.width): Box[] | undefined =>
    classifier &&
    freeing(cv, (keep) => {
      const given = keep(new cv.Mat(frame.height, frame.width, cv.CV_8UC1));
      given.data.set(frame.grey);
      const width = Math.min(atWidth, frame.width);
      const height = Math.round((frame.height * width) / frame.width);
      const picture = keep(new cv.Mat());
      cv.resize(given, picture, new cv.Size(width, height), 0, 0, cv.INTER_AREA);
      const found = keep(new cv.RectVector());
      const smallest = Math.round(height * SMALLEST_FACE);
      const minSize = new cv.Size(smallest, smallest);
      classifier.detectMultiScale(picture, found, SCALE, NEIGHBOURS, 0, minSize);
      return Array.from({ length: found.size() }, (_, i) => {
        const face = found.get(i);
        return {
          ...{ x: face.x / width, y: face.y / height },
          ...{ width: face.width / width, height: face.height / height },
        };
      });
    });

  return {
    analyse: (frame) => ({ sharpness: sharpnessOf(frame), faces: facesIn(frame) }),
    choose: (frames) =>
      chooseMoment(
        frames.map((frame) => ({
          at: frame.at,
          sharpness: sharpnessOf(frame),
          hasFaces: () => (facesIn(frame, GLANCE_WIDTH)?.length ?? 0) > 0,
        })),
      ),
  };
}
