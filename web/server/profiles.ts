// The deployment's profiles by name, and the check of a profile that is being written.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProfile } from '../../src/bridge/checked-profile.js';
import { isTooDeep, mergeLayers } from '../../src/profile/merge.js';
import type { Problem } from '../../src/profile/profile.js';

export interface ShelfOptions {
  /** AGENT_PROFILES: a file NAME.json a profile; undefined where there are none. */
  readonly folder: string | undefined;
  /** AGENT_PROFILE's text, on which each call builds. */
  readonly base: string | undefined;
  readonly vertex: boolean;
}

export interface Check {
  readonly ok: boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

const PROFILE_NAME = /^[\w-]{1,64}$/;
const MAX_DATA_BYTES = 16 * 1024;

export class ProfileShelf {
  readonly #options: ShelfOptions;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  async names(): Promise<string[]> {
    const { folder } = this.#options;
    if (folder === undefined) return [];
    const files = await readdir(folder).catch(() => []);
    return files
      .flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
      .filter((name) => PROFILE_NAME.test(name))
      .sort();
  }

  /** What is wrong with a profile (JSON text) as a dispatch's metadata, field by field. */
  async check(metadata: string): Promise<Check> {
    const value = parse(metadata);
    // readProfile says what is wrong with what is no object, or nests so deep that recursion overflows.
    if (!isRecord(value) || isTooDeep(value)) return this.#check(metadata, undefined);
    const { profile: name, data, ...rest } = value;
    const problems = [...(await this.#problemsOfName(name)), ...problemsOfData(data)];
    const named = typeof name === 'string' && problems.length === 0 ? await this.#read(name) : undefined;
    const checked = this.#check(JSON.stringify(rest), named);
    return {
      ...checked,
      ok: checked.ok && problems.length === 0,
      problems: [...problems, ...checked.problems],
    };
  }

  /** What a client asks for where it may only name a profile and give data. */
  async checkNamed(metadata: string): Promise<readonly Problem[]> {
    const value = parse(metadata);
    if (!isRecord(value) || isTooDeep(value))
      return [{ path: '', message: 'must be a JSON object: { "profile": "NAME", "data": { } }' }];
    const others = Object.keys(value).filter((key) => key !== 'profile' && key !== 'data');
    return [
      ...others.map((key) => ({
        path: key.slice(0, 64),
        message: 'may not be set by a client here (WEB_PROFILES is named): only profile and data may',
      })),
      ...(await this.#problemsOfName(value.profile)),
      ...problemsOfData(value.data),
    ];
  }

  #check(metadata: string, named: string | undefined): Check {
    const { base, vertex } = this.#options;
    const file = named === undefined ? base : mergeLayers([objectOf(base), objectOf(named)]);
    // The worker knows which webhooks and modules it has; this server may run elsewhere.
    const checked = readProfile(metadata, file, { deployment: 'elsewhere', vertex });
    return checked.ok
      ? { ok: true, problems: [], warnings: checked.warnings }
      : { ok: false, problems: checked.problems, warnings: [] };
  }

  async #problemsOfName(name: unknown): Promise<Problem[]> {
    if (name === undefined) return [];
    const names = await this.names();
    if (typeof name === 'string' && names.includes(name)) return [];
    const known = names.length === 0 ? 'there are none (AGENT_PROFILES)' : `there are: ${names.join(', ')}`;
    return [{ path: 'profile', message: `must be the name of a profile of this deployment; ${known}` }];
  }

  #read(name: string): Promise<string> {
    return readFile(join(this.#options.folder ?? '', `${name}.json`), 'utf8');
  }
}

function problemsOfData(data: unknown): Problem[] {
  if (data === undefined) return [];
  if (!isRecord(data)) return [{ path: 'data', message: 'must be an object' }];
  const bytes = Buffer.byteLength(JSON.stringify(data));
  return bytes <= MAX_DATA_BYTES ? [] : [{ path: 'data', message: 'must be at most 16 KB' }];
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> {
  const value = text === undefined ? undefined : parse(text);
  return isRecord(value) ? value : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
