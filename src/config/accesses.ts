// The accesses of a deployment to the Live API: the file of GOOGLE_ACCESS_FILE, with keys by reference.
import { z } from 'zod';
import { EnvironmentError, type EnvironmentProblem, variableOf } from './environment.js';
import { isInClear } from './environment-fields.js';
import { readJsonFile } from './json-file.js';

/** One access to the Live API, as the file names it, with its key. */
export interface ConfiguredAccess {
  readonly apiKey?: string;
  readonly baseUrl?: string;
  readonly vertex?: { readonly project: string; readonly location: string };
}

const NAME = 'GOOGLE_ACCESS_FILE';
const KEY_REFERENCE = /^env:([A-Za-z_]\w*)$/;
/** More than any deployment has; each failed one costs a call a second. */
const MAX_ACCESSES = 16;

const vertex = z.strictObject({ project: z.string().min(1), location: z.string().min(1) });
const access = z
  .strictObject({
    apiKey: z
      .string()
      .regex(
        KEY_REFERENCE,
        'must be env:NAME, the name of a variable that holds the key: the file holds no secret',
      )
      .optional(),
    baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http: or https: address' }).optional(),
    vertex: vertex.optional(),
    project: z.string().min(1).optional(),
    location: z.string().min(1).optional(),
  })
  .superRefine((value, context) => {
    const problem = (message: string): void => context.addIssue({ code: 'custom', message });
    if ((value.project === undefined) !== (value.location === undefined))
      problem('must have project and location together');
    const isVertex = value.vertex !== undefined || value.project !== undefined;
    if (!isVertex && value.apiKey === undefined && value.baseUrl === undefined)
      problem('must have apiKey, baseUrl, or project and location of Vertex AI');
    if (isVertex && value.apiKey !== undefined) problem('must not have apiKey: Vertex AI takes none');
  });

/** In order of preference. @throws EnvironmentError that names what is wrong, never a value */
export function readAccesses(
  path: string,
  variable: (name: string) => string | undefined = variableOf,
): readonly ConfiguredAccess[] {
  const problems: EnvironmentProblem[] = [];
  const wrong = (message: string): void => void problems.push({ name: NAME, message });
  const list = entriesOf(path).flatMap((entry, index) => {
    const at = `[${index}]`;
    const result = access.safeParse(entry);
    if (!result.success) {
      for (const issue of result.error.issues) wrong(`${[at, ...issue.path].join('.')}: ${issue.message}`);
      return [];
    }
    const { apiKey, baseUrl, project, location } = result.data;
    const key = keyOf(apiKey, `${at}.apiKey`, variable, wrong);
    const onVertex = result.data.vertex ?? (project && location ? { project, location } : undefined);
    if ((apiKey !== undefined || onVertex) && isInClear(baseUrl ?? ''))
      wrong(`${at}.baseUrl: must be an https: address where a key is sent to another machine`);
    return [
      {
        ...(key === undefined ? {} : { apiKey: key }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(onVertex ? { vertex: onVertex } : {}),
      },
    ];
  });
  if (problems.length > 0) throw new EnvironmentError(problems);
  return list;
}

function keyOf(
  reference: string | undefined,
  at: string,
  variable: (name: string) => string | undefined,
  wrong: (message: string) => void,
): string | undefined {
  const name = reference === undefined ? undefined : KEY_REFERENCE.exec(reference)?.[1];
  if (name === undefined) return undefined;
  const key = variable(name);
  if (key === undefined || key === '') wrong(`${at} names the variable ${name}, which is not set`);
  // The SDK puts the key into the URL unescaped.
  else if (!/^[^\s&?#]+$/.test(key))
    wrong(`${at} names the variable ${name}, which is no key: it has blanks, &, ? or #`);
  return key;
}

function entriesOf(path: string): readonly unknown[] {
  const list = readJsonFile(NAME, path);
  if (Array.isArray(list) && list.length > 0 && list.length <= MAX_ACCESSES) return list;
  const message = `names a file that is no list of 1 to ${MAX_ACCESSES} accesses`;
  throw new EnvironmentError([{ name: NAME, message }]);
}
