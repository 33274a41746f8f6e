// Templates of instructions and greeting: {{participant.name}}, {{participant.attributes.KEY}} and {{data.KEY}}.
import { isRecord } from './merge.js';
import type { Profile } from './profile.js';

export interface TemplateValues {
  /** The first person in the room. */
  readonly participant?: {
    readonly identity: string;
    readonly name?: string;
    readonly attributes?: Readonly<Record<string, string>>;
  };
}

const TEMPLATE = /\{\{\s*(participant|data)\.([^{}\s]{1,200})\s*\}\}/g;
/** A participant chooses their name, which could otherwise contain instructions for the model. */
const MAX_PARTICIPANT_CHARS = 256;

/** Whether a template uses the participant: the call then waits for the first person. */
export function asksForParticipant({ instructions = '', greeting = '' }: Profile): boolean {
  return [...`${instructions}\n${greeting}`.matchAll(TEMPLATE)].some(
    ([, source]) => source === 'participant',
  );
}

/** The profile with its templates replaced; one without a value is replaced by an empty text. */
export function renderTemplates(profile: Profile, values: TemplateValues): Profile {
  const { instructions, greeting } = profile;
  const render = (text: string): string =>
    text.replace(TEMPLATE, (_all, source: string, path: string) =>
      source === 'data' ? dataText(profile.data, path) : participantText(values.participant, path),
    );
  return {
    ...profile,
    ...(instructions === undefined ? {} : { instructions: render(instructions) }),
    ...(greeting === undefined ? {} : { greeting: render(greeting) }),
  };
}

function dataText(data: unknown, path: string): string {
  // A key may contain dots.
  if (isRecord(data) && Object.hasOwn(data, path)) return textOf(data[path]);
  let value: unknown = data;
  for (const key of path.split('.')) {
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return textOf(value);
}

function participantText(participant: TemplateValues['participant'], path: string): string {
  const [, key] = /^attributes\.(.+)$/.exec(path) ?? [];
  const attributes = participant?.attributes ?? {};
  const text =
    key !== undefined
      ? Object.hasOwn(attributes, key)
        ? attributes[key]
        : undefined
      : path === 'name'
        ? participant?.name || participant?.identity
        : path === 'identity'
          ? participant?.identity
          : undefined;
  // Control characters are removed: a line break would let the value look like a separate instruction.
  return (text ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_PARTICIPANT_CHARS);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
