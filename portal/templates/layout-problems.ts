import { type Template, templateSchema } from '@photomaton/design-docs/template';
import type { TFunction } from 'i18next';
import type { z } from 'zod';

/** What is wrong, by the name of the field it is wrong with, in the reader's words. */
export type LayoutProblems = Record<string, string>;

/** The layout, or what is wrong with it, each beside its field. */
export function judgeLayout(
  layout: object,
  of: { name: string; version: number },
  t: TFunction,
): { layout: Template } | { problems: LayoutProblems } {
  const parsed = templateSchema.safeParse({ ...layout, ...of });
  if (parsed.success) return { layout: parsed.data };
  const problems: LayoutProblems = {};
  for (const issue of parsed.error.issues) problems[fieldOf(issue)] ??= say(issue, t);
  return { problems };
}

/** The part of the path that is a field: of corners and texts there is one each. */
function fieldOf({ path }: z.core.$ZodIssue): string {
  const names = path.map(String);
  const end = names.findIndex((name) => name === 'corners' || name === 'text');
  return (end === -1 ? names : names.slice(0, end + 1)).join('.');
}

/** By what the field is for, where that says more than which rule was broken. */
const OF_FIELD = ['text', 'colour', 'tint', 'image', 'corners'];

function say(issue: z.core.$ZodIssue, t: TFunction): string {
  if (issue.code === 'custom' && issue.params) {
    const { problem, ...values } = issue.params;
    return String(t(`templates:problem-${problem}`, values));
  }
  const field = OF_FIELD.find((name) => issue.path.includes(name));
  if (field) return t(`templates:problem-${field === 'tint' ? 'colour' : field}`);
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'array') return t('templates:problem-none');
      return issue.origin === 'string'
        ? t('templates:problem-empty')
        : t('templates:problem-least', { least: issue.minimum });
    case 'too_big':
      return issue.origin === 'string'
        ? t('templates:problem-long', { most: issue.maximum })
        : t('templates:problem-most', { most: issue.maximum });
    case 'invalid_type':
      return issue.expected === 'int' ? t('templates:problem-whole') : t('templates:problem-number');
    default:
      return t('templates:problem-choice');
  }
}
