// Builds the SDK's LiveConnectConfig of a connection from a profile and the model's capabilities.
import { type FunctionDeclaration, type LiveConnectConfig, Modality, type Tool } from '@google/genai';
import type { Capabilities } from '../capabilities/schema.js';
import { builtInDeclarations } from '../profile/built-in-tools.js';
import type { Profile } from '../profile/profile.js';

export interface ConnectOptions {
  /** The session to resume; undefined: a new one. The first is `profile.live.sessionResumption.handle`. */
  readonly handle?: string;
  /** History is sent as client content before any input. Models that need it get historyConfig in the set-up. */
  readonly seed?: boolean;
  readonly vertex?: boolean;
}

export interface Connect {
  readonly model: string;
  readonly apiVersion: string;
  /** A new object at each call: the SDK writes into it. */
  readonly config: LiveConnectConfig;
  /** Fields of `setup` that the SDK would drop. */
  readonly rawSetup?: Readonly<Record<string, unknown>>;
}

/** Expects a profile that has passed checkProfile. Pure. */
export function buildConnect(
  profile: Profile,
  capabilities: Capabilities,
  options: ConnectOptions = {},
): Connect {
  // Fields that are handled below; the rest of `live` is passed on unchanged, under Google's names.
  const {
    speechConfig: _speech,
    systemInstruction,
    tools: _tools,
    sessionResumption,
    realtimeInputConfig: _input,
    contextWindowCompression,
    inputAudioTranscription,
    outputAudioTranscription,
    thinkingConfig: _thinking,
    enableAffectiveDialog,
    proactivity: _proactivity,
    historyConfig,
    ...rest
  } = profile.live;
  const spoken = profile.modality === 'audio';
  const initialHistory = historyConfig ?? historyConfigFor(capabilities, options);
  const config = present({
    ...rest,
    responseModalities: [spoken ? Modality.AUDIO : Modality.TEXT],
    speechConfig: spoken ? speechConfig(profile, capabilities) : undefined,
    systemInstruction: withServers(profile.instructions ?? systemInstruction, profile.serverInstructions),
    tools: tools(profile),
    sessionResumption: { ...sessionResumption, handle: options.handle },
    // The ledger needs transcripts even when captions are off.
    inputAudioTranscription: inputAudioTranscription ?? {},
    outputAudioTranscription: outputAudioTranscription ?? (spoken ? {} : undefined),
    realtimeInputConfig: realtimeInput(profile),
    contextWindowCompression: compression(contextWindowCompression),
    thinkingConfig: thinking(profile, capabilities),
    enableAffectiveDialog: capabilities.affectiveDialog ? enableAffectiveDialog : undefined,
    proactivity: proactivity(profile, capabilities),
  });
  return {
    model: profile.model,
    apiVersion: apiVersion(profile, capabilities, options),
    config,
    ...(initialHistory ? { rawSetup: { historyConfig: { ...initialHistory } } } : {}),
  };
}

type Instruction = NonNullable<LiveConnectConfig['systemInstruction']>;

/** The instructions of MCP servers follow the profile's instructions as a separate paragraph. */
function withServers(given: unknown, servers: string | undefined): Instruction | undefined {
  const instruction = given as Instruction | undefined;
  if (servers === undefined || instruction === undefined) return instruction ?? servers;
  if (typeof instruction === 'string') return `${instruction}\n\n${servers}`;
  const parts = Array.isArray(instruction)
    ? instruction
    : 'parts' in instruction
      ? (instruction.parts ?? [])
      : [instruction];
  return {
    parts: [...parts, { text: servers }].map((part) => (typeof part === 'string' ? { text: part } : part)),
  } as Instruction;
}

function speechConfig({ live, voice, language }: Profile, { languages }: Capabilities) {
  const voiceConfig =
    voice === undefined ? live.speechConfig?.voiceConfig : { prebuiltVoiceConfig: { voiceName: voice } };
  const languageCode = languages.policy === 'list' ? language : undefined;
  return voiceConfig === undefined && languageCode === undefined ? undefined : { voiceConfig, languageCode };
}

function tools(profile: Profile): Tool[] | undefined {
  const functionDeclarations = profile.tools.map(({ declaration }) => withoutEmpty(declaration));
  functionDeclarations.push(...(builtInDeclarations(profile) as FunctionDeclaration[]));
  const service = (profile.live.tools ?? []) as unknown as readonly Tool[];
  const all = functionDeclarations.length > 0 ? [{ functionDeclarations }, ...service] : service;
  return all.length > 0 ? [...all] : undefined;
}

/** The service refuses parameters without fields: a function without parameters declares none. */
function withoutEmpty({ parameters, ...rest }: Profile['tools'][number]['declaration']): FunctionDeclaration {
  const keys = Object.keys(parameters ?? {}).filter((key) => key !== 'type' && key !== 'description');
  return (keys.length === 0 ? rest : { ...rest, parameters }) as FunctionDeclaration;
}

function realtimeInput({ listen, live }: Profile) {
  const given = live.realtimeInputConfig;
  if (listen.policy !== 'push-to-talk') return given;
  return { ...given, automaticActivityDetection: { ...given?.automaticActivityDetection, disabled: true } };
}

type Compression = Profile['live']['contextWindowCompression'];

/** Whether context window compression is on, so that the session has no maximum length. */
export function compresses(profile: Profile): boolean {
  return compression(profile.live.contextWindowCompression)?.slidingWindow !== undefined;
}

/** Compression is on by default: without it a session ends after 15 minutes. `{}` in a profile switches it off. */
function compression(given: Compression) {
  if (given === undefined) return { slidingWindow: {} };
  const { triggerTokens, slidingWindow } = given;
  const targetTokens = slidingWindow?.targetTokens;
  if (triggerTokens === undefined && slidingWindow === undefined) return undefined;
  return {
    // int64 is a string in JSON.
    triggerTokens: triggerTokens === undefined ? undefined : String(triggerTokens),
    slidingWindow:
      slidingWindow && (targetTokens === undefined ? {} : { targetTokens: String(targetTokens) }),
  };
}

function thinking({ live }: Profile, { thinking: { style, required } }: Capabilities) {
  const given = live.thinkingConfig;
  if (style === 'none') return undefined;
  const chosen = given?.thinkingLevel !== undefined || given?.thinkingBudget !== undefined;
  // The lowest level of a model that always thinks: more would delay the answer.
  return required && !chosen ? { ...given, thinkingLevel: 'LOW' } : given;
}

/** Only where the field exists: a model that is always proactive refuses it. */
function proactivity({ live }: Profile, { proactiveAudio }: Capabilities) {
  return proactiveAudio === 'optional' ? live.proactivity : undefined;
}

function historyConfigFor({ initialHistory }: Capabilities, { seed }: ConnectOptions) {
  return seed && initialHistory === 'history-config' ? { initialHistoryInClientContent: true } : undefined;
}

function apiVersion(profile: Profile, capabilities: Capabilities, { vertex }: ConnectOptions): string {
  if (profile.apiVersion !== undefined) return profile.apiVersion;
  if (vertex) return 'v1beta1';
  const { enableAffectiveDialog, proactivity: asked } = profile.live;
  const preview =
    (capabilities.affectiveDialog && enableAffectiveDialog !== undefined) ||
    (capabilities.proactiveAudio === 'optional' && asked !== undefined);
  return preview ? capabilities.previewApiVersion : capabilities.apiVersion;
}

/** A copy without undefined values: the SDK throws on some keys that exist with the value undefined. */
function present(config: object): LiveConnectConfig {
  return JSON.parse(JSON.stringify(config)) as LiveConnectConfig;
}
