// A profile in a few words, for clients that show what an agent is set to.
import type { Profile } from './profile.js';

export function optionsOf({
  model,
  modality,
  voice,
  listen,
  see,
}: Profile): Readonly<Record<string, string>> {
  const fixed = { model, modality, policy: listen.policy, see: see.source };
  return voice === undefined ? fixed : { ...fixed, voice };
}
