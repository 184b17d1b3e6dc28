import vm from 'node:vm';
import { HttpError, type UserContext } from './http.ts';
import { LIMITS } from './limits.ts';
import type { Security } from './security.ts';
import type { Storage } from './storage.ts';

/** One `validate_doc_update`: throws the HttpError of a refusal. */
export type Validator = (
  newDoc: object,
  oldDoc: object | null,
  user: UserContext & { db: string },
  security: Security,
) => void;

/** The validators of a database's design documents, compiled. */
export async function loadValidators(storage: Storage): Promise<Validator[]> {
  const { rows } = await storage.allDocs({ startkey: '_design/', endkey: '_design0', include_docs: true });
  return rows.flatMap(({ doc }) => {
    const source = doc?.validate_doc_update;
    return typeof source === 'string' ? [compileValidator(source)] : [];
  });
}

/** What CouchDB gives to functions besides the language; `log` goes nowhere. */
const COUCH_FUNCTIONS = `
  var isArray = Array.isArray;
  var toJSON = JSON.stringify;
  var sum = function (values) { return values.reduce(function (a, b) { return a + b; }, 0); };
  var log = function () {};
`;

/**
 * A function from a design document, in a context of its own. Only text crosses the border, both ways, so that
 * no object of ours can be reached or changed; only database admins write design documents, and node:vm is
 * no wall against them, but it keeps an error or an endless loop in one function from being everybody's.
 */
export function inContext(source: string, call: string): (input: string) => string {
  const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(COUCH_FUNCTIONS, context);
  const options = { timeout: LIMITS.functionTimeoutMs };
  vm.runInContext(`var fun = (${source.trim().replace(/;$/, '')});`, context, options);
  const script = new vm.Script(call);
  return (input) => {
    context.input = input;
    return String(script.runInContext(context, options));
  };
}

const CALL_VALIDATOR = `(function () {
  var args = JSON.parse(input);
  try { fun(args[0], args[1], args[2], args[3]); return ''; }
  catch (e) {
    if (e && e.forbidden !== undefined) return JSON.stringify({ forbidden: e.forbidden });
    if (e && e.unauthorized !== undefined) return JSON.stringify({ unauthorized: e.unauthorized });
    return JSON.stringify({ failed: String(e) });
  }
})()`;

function compileValidator(source: string): Validator {
  let run: ((input: string) => string) | undefined;
  return (...args) => {
    let verdict: string;
    try {
      run ??= inContext(source, CALL_VALIDATOR);
      verdict = run(JSON.stringify(args));
    } catch (cause) {
      // Does not compile, or took too long: a rule that cannot be asked refuses.
      throw failed(String((cause as Error).message));
    }
    if (verdict === '') return;
    const { forbidden, unauthorized, failed: broke } = JSON.parse(verdict);
    if (broke !== undefined) throw failed(String(broke));
    if (forbidden !== undefined) throw new HttpError(403, 'forbidden', asText(forbidden));
    throw new HttpError(401, 'unauthorized', asText(unauthorized));
  };
}

const failed = (reason: string): HttpError =>
  new HttpError(500, 'compilation_error', `validate_doc_update: ${reason}`);
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
