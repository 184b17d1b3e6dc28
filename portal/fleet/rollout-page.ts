import {
  type BoothId,
  type IllBooth,
  ROLLOUT_STAGES,
  type RolloutDoc,
  type RolloutListDoc,
  type RolloutStage,
  serialOf,
} from '@photomaton/design-docs/docs';
import type { Board } from './board.ts';
import { sayIn } from './figures.ts';
import {
  endOf,
  namesIn,
  ROLLOUT_TIMES,
  type Standing,
  stageAfter,
  standingOf,
  type Tally,
  tallyOf,
} from './rollout.ts';

type Locals = Pick<Express.Locals, 'lang' | 't'>;
/** The page of a booth has the rest. */
const MOST_ILL = 20;

/** What the list of roll-outs prints of one. */
export function rolloutCard(doc: RolloutDoc, { lang, t }: Locals) {
  const day = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });
  const { rollout, booths, state, stage, asked } = doc;
  return {
    ...{ rollout, state, stage, settings: settingsIn(doc, { lang, t }) },
    booths: booths.toLocaleString(lang),
    began: day.format(new Date(doc.createdAt)),
    since: day.format(new Date(doc.since)),
    asked: [
      ...(asked.q ? [t('rollout:asked', { q: asked.q })] : []),
      ...(asked.state ? [t(`operator:fleet.state-${asked.state}`)] : []),
      ...(asked.version ? [`${t('operator:fleet.version')} ${asked.version}`] : []),
    ].join(', '),
  };
}

/** Each setting that changes, by its name, and what it becomes. */
function settingsIn(doc: RolloutDoc, { lang, t }: Locals): { name: string; value: string }[] {
  return namesIn(doc).map((name) => ({
    name: t(`booths:setting-${name}`),
    value: wordsOf(name),
  }));

  function wordsOf(name: keyof RolloutDoc['set']): string {
    const value = doc.set[name];
    if (value === undefined) return t(`rollout:gone-${name}`);
    // Who looks at this page need not open the menus of all booths.
    if (name === 'pin') return t('rollout:hidden');
    if (name === 'dpi') return t(`booths:dpi-${value}`);
    if (name === 'idle') return t(`booths:idle-${value}`);
    if (typeof value === 'boolean') return value ? t('rollout:yes') : t('rollout:no');
    return typeof value === 'object' ? `${value.from} – ${value.to}` : value.toLocaleString(lang);
  }
}

/** How it stands: each stage with its booths, those that are ill, and what comes next. */
export function rolloutStanding(
  { board, now }: { board: Pick<Board, 'row' | 'isWhole'>; now(): Date },
  doc: RolloutDoc,
  list: RolloutListDoc,
  locals: Locals,
) {
  const at = now();
  const reached = ROLLOUT_STAGES.indexOf(doc.stage);
  const ill: IllBooth[] = [];
  let begin = 0;
  const stages = ROLLOUT_STAGES.map((stage, i) => {
    const end = Math.max(begin, endOf(stage, doc.booths));
    const standings = list.booths
      .slice(begin, end)
      .map((booth) => [booth, standingOf(doc, board.row(booth), at.getTime(), ROLLOUT_TIMES)] as const);
    begin = end;
    const tally = tallyOf(standings);
    if (i <= reached) ill.push(...tally.ill);
    return { stage, isReached: i <= reached, ...figuresOf(standings, tally) };
  }).filter(({ booths }) => booths > 0);
  return {
    ...{ state: doc.state, stages, isWhole: board.isWhole },
    ill: ill.slice(0, MOST_ILL).map((one) => named(board, one)),
    moreIll: Math.max(0, ill.length - MOST_ILL),
    fell: doc.fell && { booths: doc.fell.booths, ill: doc.fell.ill.map((one) => named(board, one)) },
    next: nextOf(doc, board, list, at, locals),
  };
}

function figuresOf(standings: (readonly [BoothId, Standing])[], tally: Tally) {
  const { leftOut, toGive, toBring, waiting, trying, well, ill } = tally;
  return {
    ...{ booths: standings.length, leftOut, waiting: waiting + toBring, well, ill: ill.length },
    held: standings.length - leftOut - toGive,
    applied: trying + well + ill.filter(({ illness }) => illness !== 'silent').length,
  };
}

const named = (board: Pick<Board, 'row'>, { booth, illness }: IllBooth) => ({
  ...{ booth, illness, serial: serialOf(booth), name: board.row(booth)?.name ?? '' },
});

/** What the stage of now waits for. */
function nextOf(
  doc: RolloutDoc,
  board: Pick<Board, 'row'>,
  list: RolloutListDoc,
  at: Date,
  locals: Locals,
): { kind: 'proof' | 'booths' | 'giving'; stage: RolloutStage | 'done'; in: string } | undefined {
  if (doc.state !== 'running') return undefined;
  const members = list.booths.slice(0, endOf(doc.stage, doc.booths));
  const tally = tallyOf(
    members.map((booth) => [booth, standingOf(doc, board.row(booth), at.getTime(), ROLLOUT_TIMES)] as const),
  );
  const stage = stageAfter(doc) ?? 'done';
  if (tally.toGive + tally.toBring > 0) return { kind: 'giving', stage, in: '' };
  if (tally.trying === 0) return { kind: 'booths', stage, in: '' };
  return { kind: 'proof', stage, in: sayIn(new Date(tally.provenMs), at, locals) };
}
