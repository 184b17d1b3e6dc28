/** Of a form only the fields we know, each as the text or the texts that it should be. */
export type FormBody = Record<string, unknown>;

export function textOf(body: FormBody, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** What was ticked of several boxes of one name. */
export function textsOf(body: FormBody, name: string): string[] {
  const value = body[name];
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
}

export const isTicked = (body: FormBody, name: string): boolean => body[name] === 'yes';
