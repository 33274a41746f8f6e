// Every feature of the Live API that a profile can ask for: the table of docs/protocol.md, and the tests of its rows.
import type { ScenarioInput } from '@gemini-room-agent/live-api';
import type { Act, Feature, FeatureGroup, Json, ScenarioSteps, Sign } from './features/feature.js';
import { FUNCTION_ANSWERS, FUNCTIONS } from './features/functions.js';
import { GENERATION } from './features/generation.js';
import { INTERRUPTIONS } from './features/interruptions.js';
import { LISTENING } from './features/listening.js';
import { MEMORY } from './features/memory.js';
import { SERVICE_TOOLS } from './features/service-tools.js';
import { HEARING, VOICE } from './features/speech.js';
import { TEXT } from './features/text.js';

export const FEATURE_GROUPS: readonly FeatureGroup[] = [
  VOICE,
  HEARING,
  TEXT,
  MEMORY,
  LISTENING,
  INTERRUPTIONS,
  FUNCTIONS,
  FUNCTION_ANSWERS,
  SERVICE_TOOLS,
  GENERATION,
];

/** A group as Markdown, as it stands in the page. */
export function tableOf({ features }: FeatureGroup): string {
  const head = ['feature', 'profile, and what is done in the room', 'on the wire', 'in the room'];
  const rows = features.map((row) => [row.feature, askedFor(row), onTheWire(row), inTheRoom(row)]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What the model does in the tests: each row's answer to what it asks; a word to a greeting, or to a tone. */
export function scenarioOf(groups: readonly FeatureGroup[]): ScenarioInput {
  const features = groups.flatMap((group) => group.features);
  const rules = features.flatMap(({ ask, model, responses = {} }) => [
    ...(ask !== undefined && model ? [{ when: { text: `^${quoted(ask)}$` }, do: model }] : []),
    ...Object.entries(responses).map(([name, steps]: [string, ScenarioSteps]) => ({
      when: { toolResponse: name },
      do: steps,
    })),
  ]);
  const always = [
    { when: { heard: '^$' }, do: [{ say: 'Yes.' }] },
    { when: { text: '^Hello' }, do: [{ say: 'Hello.' }] },
  ];
  return { rules: [...rules, ...always] };
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function lines(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('<br>') || '-';
}

function askedFor({ profile, environment, acts = [], serves = {} }: Feature): string {
  const served = Object.entries(serves).map(([method, { held }]) =>
    held ? undefined : `the client has the RPC method ${code(method)}`,
  );
  return lines([profile && code(profile), environment, ...served, ...acts.map(inWords)]);
}

function inWords(act: Act): string | undefined {
  if ('until' in act || 'untilHeard' in act) return undefined;
  if ('chat' in act) return `chat ${code(act.chat)}`;
  if ('rpc' in act) {
    const answer = act.answer ? ` → ${code(act.answer)}` : act.error ? ` → error ${act.error}` : '';
    return `RPC ${code(act.rpc)}${act.payload ? ` ${code(act.payload)}` : ''}${answer}`;
  }
  if ('toolResponse' in act) return `\`gemini.tool_response\` ${code(act.toolResponse)}`;
  if ('mute' in act) return 'the microphone is muted';
  if ('answers' in act) return `the client answers ${code(act.answers)}`;
  return 'service' in act ? act.words : 'speech';
}

function onTheWire({ setup, opening = [], client = [], version, again }: Feature): string {
  const messages = (all: readonly Json[]) => all.map((message) => code(message));
  return lines([
    version && `${code(`…${version}.GenerativeService…`)}`,
    setup && Object.keys(setup).length > 0 ? setupText(setup) : undefined,
    ...messages(opening),
    ...messages(client),
    again && 'and on another connection:',
    again?.setup && setupText(again.setup),
    ...messages(again?.client ?? []),
  ]);
}

/** What is taken out of the plain setup is said; the rest is shown. */
function setupText(setup: Json): string {
  const shown = Object.fromEntries(Object.entries(setup).filter(([, value]) => value !== null));
  const without = Object.keys(setup).filter((key) => setup[key] === null);
  return lines([
    Object.keys(shown).length > 0 ? code({ setup: shown }) : undefined,
    without.length > 0 ? `\`setup\` without ${without.map(code).join(', ')}` : undefined,
  ]);
}

function inTheRoom({ room }: Feature): string {
  return lines(room.map(signInWords));
}

function signInWords(sign: Sign): string {
  if ('event' in sign) return code(sign.event);
  if ('never' in sign) return 'caption' in sign.never ? 'no captions' : `no ${code(sign.never)}`;
  if ('agent' in sign) return captionInWords('agent', sign.agent);
  if ('written' in sign) return `${captionInWords('agent', sign.written)}, without a track`;
  if ('person' in sign) return captionInWords('speaker', sign.person);
  if ('interim' in sign) return `${captionInWords('speaker', sign.interim)}, not final`;
  if ('voice' in sign) return sign.voice === true ? 'the voice' : `the voice of ${sign.voice.name}`;
  if ('voiceMs' in sign) return 'the voice';
  if ('state' in sign) return `\`lk.agent.state\` ${code(sign.state)}`;
  if ('ended' in sign) return `the agent leaves (${sign.ended})`;
  return `a warning in the worker’s log: ${sign.warning}`;
}

function captionInWords(whose: 'agent' | 'speaker', text: string): string {
  return `the ${whose}’s caption${text === '' ? '' : ` ${code(text)}`}`;
}
