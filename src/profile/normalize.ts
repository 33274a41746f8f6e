// Normalises a profile: a setting that exists under Google's name and under ours must have one value.
import { isDeepStrictEqual } from 'node:util';
import { jsonText } from '../util/json-text.js';
import { builtInTools } from './built-in-tools.js';
import { isManual } from './detection.js';
import { reduceSchema } from './google-schema.js';
import { historyProblems } from './history-problems.js';
import { GENERATION_FIELDS, type LiveField } from './live-schema.js';
import { MAX_RPC_METHOD } from './live-tools-schema.js';
import { isRecord } from './merge.js';
import type { Problem } from './problems.js';
import type { ProfileFields, ToolField } from './schema.js';
import { schemaProblems } from './tool-parameters.js';

export type ProfileTool = ToolField;

type Normal = Omit<ProfileFields, '$schema' | 'modality' | 'profile'> & { modality: 'audio' | 'text' };

/** Defaults for functions that are declared under `live.tools`, where these fields do not exist. */
const TOOL_DEFAULTS = { run: { by: 'participant' }, timeoutMs: 15_000 } as const;

/** `data` is sent with every tool call, so it must stay small. */
const MAX_DATA_BYTES = 16 * 1024;

const DIFFERS = (other: string) => `differs from ${other}: set one of them, or both alike`;

/** Changes `fields` in place; it must share no object with the caller. */
export function normaliseProfile(fields: ProfileFields): {
  profile: Normal;
  problems: Problem[];
  /** Descriptions of rewrites that keep the meaning. */
  fixes: string[];
} {
  const problems: Problem[] = [];
  const fixes: string[] = [];
  const { $schema: _, profile: _name, modality: wanted, ...rest } = fields;
  liftGeneration(rest.live, problems);
  const modality = takeModality(rest.live, wanted, problems);
  const profile: Normal = { ...rest, modality };
  takeSpeech(profile, problems);
  takeInstructions(profile, problems);
  const paths = profile.tools.map((_tool, index) => `tools[${index}].declaration`);
  paths.push(...takeFunctions(profile, problems));
  checkTools(profile, paths, problems, fixes);
  checkListening(profile, problems);
  checkData(profile, problems);
  problems.push(...historyProblems(profile.history));
  return { profile, problems, fixes };
}

/** Moves fields out of generationConfig, which is deprecated in the SDK; only fields without another place stay. */
function liftGeneration(live: LiveField, problems: Problem[]): void {
  const inner = live.generationConfig;
  if (inner === undefined) return;
  const outer = live as Record<string, unknown>;
  for (const key of GENERATION_FIELDS) {
    if (inner[key] === undefined) continue;
    if (outer[key] !== undefined && !isDeepStrictEqual(outer[key], inner[key])) {
      problems.push({ path: `live.generationConfig.${key}`, message: DIFFERS(`live.${key}`) });
    }
    outer[key] = inner[key];
    delete inner[key];
  }
  if (Object.keys(inner).length === 0) delete live.generationConfig;
}

function takeModality(
  live: LiveField,
  wanted: 'audio' | 'text' | undefined,
  problems: Problem[],
): 'audio' | 'text' {
  const said = live.responseModalities?.[0]?.toLowerCase() as 'audio' | 'text' | undefined;
  delete live.responseModalities;
  if (wanted !== undefined && said !== undefined && wanted !== said) {
    problems.push({ path: 'modality', message: DIFFERS('live.responseModalities') });
  }
  return wanted ?? said ?? 'audio';
}

function takeSpeech(profile: Normal, problems: Problem[]): void {
  const speech = profile.live.speechConfig;
  if (speech === undefined) return;
  if (speech.languageCode !== undefined) {
    if (profile.language !== undefined && profile.language !== speech.languageCode) {
      problems.push({ path: 'language', message: DIFFERS('live.speechConfig.languageCode') });
    }
    profile.language = speech.languageCode;
    delete speech.languageCode;
  }
  const voice = speech.voiceConfig;
  const said = voice?.prebuiltVoiceConfig?.voiceName;
  if (voice !== undefined && said !== undefined) {
    if (profile.voice !== undefined && profile.voice !== said) {
      problems.push({
        path: 'voice',
        message: DIFFERS('live.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName'),
      });
    }
    profile.voice = said;
    delete voice.prebuiltVoiceConfig;
  }
  if (profile.voice !== undefined && (voice?.replicatedVoiceConfig || voice?.voice)) {
    problems.push({
      path: 'voice',
      message: 'stands beside another voice in live.speechConfig.voiceConfig: set one of them',
    });
  }
  if (voice !== undefined && Object.keys(voice).length === 0) delete speech.voiceConfig;
  if (Object.keys(speech).length === 0) delete profile.live.speechConfig;
}

function takeInstructions(profile: Normal, problems: Problem[]): void {
  const { systemInstruction } = profile.live;
  if (systemInstruction === undefined) return;
  const texts = textsOf(systemInstruction);
  if (profile.instructions !== undefined && profile.instructions !== texts.join('\n\n')) {
    problems.push({ path: 'instructions', message: DIFFERS('live.systemInstruction') });
  }
  // Several parts stay separate: the service treats them as paragraphs.
  if (texts.length !== 1 && profile.instructions === undefined) return;
  profile.instructions ??= texts[0] ?? '';
  delete profile.live.systemInstruction;
}

type SystemInstruction = NonNullable<LiveField['systemInstruction']>;

/** The paragraphs of a system instruction, in any of the forms that Google allows. */
function textsOf(instruction: SystemInstruction): string[] {
  if (typeof instruction === 'string') return [instruction];
  if ('parts' in instruction) return instruction.parts.map((part) => part.text);
  const parts = Array.isArray(instruction) ? instruction : [instruction];
  return parts.map((part) => (typeof part === 'string' ? part : part.text));
}

/** Turns functions of `live.tools` into tools, which have a runner. Returns the path of each. */
function takeFunctions(profile: Normal, problems: Problem[]): string[] {
  const { live } = profile;
  const paths: string[] = [];
  if (live.tools === undefined) return paths;
  const known = new Map(profile.tools.map((tool) => [tool.declaration.name, tool.declaration]));
  for (const [index, entry] of live.tools.entries()) {
    for (const [place, declaration] of (entry.functionDeclarations ?? []).entries()) {
      const path = `live.tools[${index}].functionDeclarations[${place}]`;
      const same = known.get(declaration.name);
      if (same === undefined) {
        known.set(declaration.name, declaration);
        profile.tools.push({ declaration, ...TOOL_DEFAULTS });
        paths.push(path);
      } else if (!isDeepStrictEqual(same, declaration)) {
        problems.push({ path, message: `declares ${declaration.name} otherwise than another tool does` });
      }
    }
    delete entry.functionDeclarations;
  }
  live.tools = live.tools.filter((entry) => Object.keys(entry).length > 0);
  if (live.tools.length === 0) delete live.tools;
  return paths;
}

/** Rewrites JSON Schema keywords into Google's language. A schema with `$schema` is sent as JSON Schema, unchanged. */
function fixSchema(
  declaration: ToolField['declaration'],
  field: 'parameters' | 'response',
  { path, fixes, isModule }: { readonly path: string; readonly fixes: string[]; readonly isModule: boolean },
): void {
  const given = declaration[field];
  if (given === undefined || Object.hasOwn(given, '$schema')) return;
  const isParameters = field === 'parameters';
  const reduced = reduceSchema(given, path, { drop: false, isParameters });
  fixes.push(...reduced.fixes);
  declaration[field] = { ...reduced.schema };
  // Fields that are required and missing are a mistake, which schemaProblems() names.
  if (reduced.schema.properties === undefined || !isEmptyObject(reduced.schema)) return;
  // The service refuses an object without fields; a function without parameters declares none.
  if (isModule) declaration[field] = {};
  else delete declaration[field];
  fixes.push(`${path} has no properties: it is left out`);
}

/** An object without fields of its own. */
function isEmptyObject({
  type = 'object',
  properties = {},
  ...rest
}: Readonly<Record<string, unknown>>): boolean {
  const isEmpty = isRecord(properties) && Object.keys(properties).length === 0;
  const more = Object.keys(rest).filter((key) => !['description', 'title', 'nullable'].includes(key));
  return jsonText(type).toLowerCase() === 'object' && isEmpty && more.length === 0;
}

function checkTools(profile: Normal, paths: readonly string[], problems: Problem[], fixes: string[]): void {
  const names = new Set<string>();
  const builtIn = builtInTools(profile);
  for (const [index, tool] of profile.tools.entries()) {
    const { declaration, run } = tool;
    const path = paths[index] ?? '';
    const name = { path: `${path}.name`, message: '' };
    if (names.has(declaration.name)) problems.push({ ...name, message: 'is the name of an earlier tool' });
    names.add(declaration.name);
    const field = builtIn.get(declaration.name);
    if (field) problems.push({ ...name, message: `is the built-in tool that ${field} declares` });
    if (run.by === 'participant' && declaration.name.length > MAX_RPC_METHOD) {
      problems.push({
        ...name,
        message: `must have at most ${MAX_RPC_METHOD} characters: it is the name of an RPC method`,
      });
    }
    for (const [plain, json] of [
      ['parameters', 'parametersJsonSchema'],
      ['response', 'responseJsonSchema'],
    ] as const) {
      if (declaration[plain] === undefined) continue;
      if (declaration[json] !== undefined)
        problems.push({ path: `${path}.${json}`, message: `stands beside ${plain}: set one of them` });
      fixSchema(declaration, plain, { path: `${path}.${plain}`, fixes, isModule: run.by === 'module' });
      if (declaration[plain] === undefined) continue;
      problems.push(...schemaProblems(declaration[plain], `${path}.${plain}`, plain === 'parameters'));
    }
  }
}

function checkData({ data }: Normal, problems: Problem[]): void {
  if (data === undefined || Buffer.byteLength(JSON.stringify(data)) <= MAX_DATA_BYTES) return;
  problems.push({ path: 'data', message: `must have at most ${MAX_DATA_BYTES / 1024} KB as JSON` });
}

function checkListening(profile: Normal, problems: Problem[]): void {
  const { policy, participant, bargeIn, screenAudio } = profile.listen;
  if (policy === 'one' && participant === undefined) {
    problems.push({ path: 'listen.participant', message: 'must be an identity when listen.policy is "one"' });
  }
  const { automaticActivityDetection: detection, activityHandling } = profile.live.realtimeInputConfig ?? {};
  if (screenAudio && isManual(profile)) {
    problems.push({
      path: 'listen.screenAudio',
      message: 'must be false where turns are opened by command (push-to-talk): a turn is one microphone',
    });
  }
  if (bargeIn === 'local' && activityHandling === 'NO_INTERRUPTION') {
    problems.push({
      path: 'listen.bargeIn',
      message: 'must not be "local" when live.realtimeInputConfig.activityHandling is NO_INTERRUPTION',
    });
  }
  if (policy === 'push-to-talk' && detection?.disabled === false) {
    const path = 'live.realtimeInputConfig.automaticActivityDetection.disabled';
    problems.push({
      path,
      message: 'must not be false when listen.policy is "push-to-talk", which disables detection',
    });
  }
}
