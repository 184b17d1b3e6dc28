/**
 * The right moment: of the frames around zero of the countdown, the one that is kept.
 *
 * It is from within NEAR_MS of zero, the sharpest in which faces are found, or simply the sharpest when none are.
 * One from further away, but within WINDOW_MS, takes its place only when it is clearly better: faces are found in
 * it and in none of the near ones, or it is CLEARLY times as sharp (a Laplacian variance: half again as much is the
 * difference that a moving head makes) and no less has faces.
 */
const WINDOW_MS = 300;
const NEAR_MS = 150;
const CLEARLY = 1.5;
/** Faces are looked for in the sharpest ones only: a look takes as long as twenty measures of sharpness. */
const LOOKS = 3;

export interface Candidate {
  at: number;
  sharpness: number;
  /** Asked when it matters. */
  hasFaces(): boolean;
}

/** Undefined when no frame is within the window. */
export function chooseMoment(candidates: readonly Candidate[]): number | undefined {
  const sharpestFirst = candidates
    .filter(({ at }) => Math.abs(at) <= WINDOW_MS)
    .sort((a, b) => b.sharpness - a.sharpness || Math.abs(a.at) - Math.abs(b.at));
  const near = best(sharpestFirst.filter(({ at }) => Math.abs(at) <= NEAR_MS));
  const far = best(
    sharpestFirst.filter(
      ({ at, sharpness }) =>
        Math.abs(at) > NEAR_MS && (!near?.hasFaces || sharpness >= CLEARLY * near.candidate.sharpness),
    ),
  );
  const chosen = near && !(far && isClearlyBetter(far, near)) ? near : far;
  return chosen && candidates.indexOf(chosen.candidate);
}

interface Best {
  candidate: Candidate;
  hasFaces: boolean;
}

function best(sharpestFirst: Candidate[]): Best | undefined {
  const withFaces = sharpestFirst.slice(0, LOOKS).find((candidate) => candidate.hasFaces());
  const candidate = withFaces ?? sharpestFirst[0];
  return candidate && { candidate, hasFaces: withFaces !== undefined };
}

function isClearlyBetter(far: Best, near: Best): boolean {
  if (far.hasFaces !== near.hasFaces) return far.hasFaces;
  return far.candidate.sharpness >= CLEARLY * near.candidate.sharpness;
}
