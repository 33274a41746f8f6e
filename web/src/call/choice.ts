// Which profile the next call has, kept in this browser: the deployment's own, a named one, or one of the editor.

export interface ProfileChoice {
  /** `default`, `custom`, or `named:NAME`. */
  readonly which: string;
  /** What stands in the editor, as it was typed. */
  readonly text: string;
}

const KEY = 'gemini-room.profile';

export const FIRST_PROFILE = `{
  "instructions": "You are a friendly assistant. Answer briefly.",
  "greeting": "Say hello in one short sentence."
}
`;

export function readChoice(): ProfileChoice {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '') as Partial<ProfileChoice>;
    if (typeof kept.which === 'string' && typeof kept.text === 'string')
      return { which: kept.which, text: kept.text };
  } catch {
    // Nothing was kept, or this browser keeps nothing.
  }
  return { which: 'default', text: FIRST_PROFILE };
}

export function saveChoice(choice: ProfileChoice): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // It holds for this visit.
  }
}

/** What the dispatch is given. */
export function dispatchMetadata(
  { which, text }: ProfileChoice,
  identity: string,
  mode: 'named' | 'any',
): string {
  if (which.startsWith('named:')) return JSON.stringify({ profile: which.slice('named:'.length) });
  if (which !== 'custom' || mode !== 'any') return '';
  return withControl(text, identity);
}

/**
 * A call whose profile is being tried out takes changes from the one who tries it out: `configure` needs a
 * list in `control`. A profile that says itself who commands stays as it is, and so
 * does one that is wrong: the server says what is wrong with it.
 */
function withControl(text: string, identity: string): string {
  try {
    const profile: unknown = JSON.parse(text);
    if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) return text;
    if ('control' in profile) return text;
    return JSON.stringify({ ...profile, control: [identity] });
  } catch {
    return text;
  }
}

/** The fields that a running call can take over. */
export function configurable(text: string): Record<string, unknown> {
  const profile = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    ['instructions', 'tools', 'listen', 'see'].flatMap((key) =>
      key in profile ? [[key, profile[key]]] : [],
    ),
  );
}
