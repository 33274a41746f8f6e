// Checks whether a model accepts a setup, and computes the session's settings.
import type { BuiltInTools, FunctionDeclaration } from '../answerer-port.js';
import type { Content, Setup, Tool } from '../wire/client-message.js';
import { refusals } from '../wire/refusal.js';
import type { ModelRow } from './row.js';
import { findModel } from './table.js';

/** A setup with the model's defaults filled in. */
export interface SessionConfig {
  readonly model: ModelRow;
  readonly modality: 'AUDIO' | 'TEXT';
  readonly voice: string;
  readonly instructions: string;
  readonly declarations: readonly FunctionDeclaration[];
  readonly builtIn: BuiltInTools;
  readonly manualActivity: boolean;
  readonly coverage: string;
  readonly interrupts: boolean;
  readonly inputTranscripts: boolean;
  readonly outputTranscripts: boolean;
  readonly interimTranscripts: boolean;
  /** Whether interim transcripts say where in the audio they are. */
  readonly interimTimestamps: boolean;
  readonly thoughts: boolean;
  readonly resumptionUpdates: boolean;
  readonly handle: string | undefined;
  readonly seedsHistory: boolean;
  readonly compression: { readonly triggerTokens: number; readonly targetTokens: number } | undefined;
  readonly detection: NonNullable<NonNullable<Setup['realtimeInputConfig']>['automaticActivityDetection']>;
}

export interface SetupRules {
  readonly version: string;
  readonly retired: 'serve' | 'refuse';
}

const DEFAULT_VOICE = 'Puck';

/** Throws a Refusal with the service's words. */
export function checkSetup(setup: Setup, rules: SetupRules): SessionConfig {
  const name = setup.model ?? '';
  const model = findModel(name, rules.retired);
  if (!model) throw refusals.modelNotFound(name === '' ? 'models/' : name, rules.version);
  const generation = setup.generationConfig ?? {};
  const modalities = generation.responseModalities ?? [model.defaultModality];
  checkModalities(modalities, model);
  checkThinking(generation.thinkingConfig, model);
  if (setup.proactivity && model.proactivity !== 'field') throw refusals.invalidArgument();
  if (generation.enableAffectiveDialog !== undefined && !model.affectiveDialog)
    throw refusals.invalidArgument();
  if (generation.translationConfig && model.task !== 'translate') throw refusals.invalidArgument();
  if (setup.systemInstruction && model.clientContent === 'none') throw refusals.invalidArgument();
  const declarations = checkTools(setup.tools ?? [], model);
  const realtime = setup.realtimeInputConfig ?? {};
  if (realtime.turnCoverage === 'TURN_INCLUDES_ALL_INPUT' && !model.retired) throw refusals.invalidArgument();
  const detection = realtime.automaticActivityDetection ?? {};
  const inputTranscripts = setup.inputAudioTranscription !== undefined || model.task === 'transcribe';
  return {
    model,
    modality: modalities[0] === 'TEXT' ? 'TEXT' : 'AUDIO',
    voice: generation.speechConfig?.voiceConfig?.prebuiltVoiceConfig?.voiceName ?? DEFAULT_VOICE,
    instructions: contentText(setup.systemInstruction),
    declarations,
    builtIn: builtInOf(setup.tools ?? []),
    manualActivity: detection.disabled === true,
    coverage: realtime.turnCoverage ?? model.turnCoverage,
    interrupts: realtime.activityHandling !== 'NO_INTERRUPTION',
    inputTranscripts,
    outputTranscripts: setup.outputAudioTranscription !== undefined,
    interimTranscripts:
      inputTranscripts &&
      (model.interimTranscripts === 'always' || realtime.interimTranscriptTimestampEnabled === true),
    interimTimestamps: realtime.interimTranscriptTimestampEnabled === true,
    thoughts: generation.thinkingConfig?.includeThoughts === true,
    resumptionUpdates: setup.sessionResumption !== undefined || model.resumptionUnasked,
    handle: setup.sessionResumption?.handle,
    seedsHistory: setup.historyConfig?.initialHistoryInClientContent === true,
    compression: compression(setup.contextWindowCompression, model),
    detection,
  };
}

/** All the text of a content, its parts in paragraphs. */
export function contentText(content: Content | undefined): string {
  return (content?.parts ?? []).flatMap((part) => (part.text === undefined ? [] : [part.text])).join('\n\n');
}

function checkModalities(modalities: readonly string[], model: ModelRow): void {
  const served: readonly string[] = model.modalities;
  if (modalities.length === 1 && modalities.every((name) => served.includes(name))) return;
  throw refusals.modality(modalities);
}

function checkThinking(
  config: NonNullable<Setup['generationConfig']>['thinkingConfig'],
  { thinking }: ModelRow,
): void {
  const level = config?.thinkingLevel?.toUpperCase();
  const budget = config?.thinkingBudget !== undefined;
  if (level !== undefined && (thinking === 'refused' || thinking === 'budget'))
    throw refusals.thinkingLevel();
  if (level === 'MINIMAL' && thinking === 'required') throw refusals.thinkingLevel(level);
  const fine = {
    refused: config === undefined,
    budget: true,
    level: !budget,
    required: (level !== undefined) !== budget,
  }[thinking];
  if (!fine) throw refusals.invalidArgument();
}

/** The functions that the tools declare. */
export function checkTools(tools: readonly Tool[], model: ModelRow): readonly FunctionDeclaration[] {
  const declarations = tools.flatMap((tool) => tool.functionDeclarations ?? []);
  for (const declaration of declarations) {
    const behavior = declaration.behavior ?? 'UNSPECIFIED';
    const allowed: readonly string[] = model.tools.behaviors;
    const fine = behavior === 'UNSPECIFIED' ? allowed.length > 0 : allowed.includes(behavior);
    if (!declaration.name || !fine) throw refusals.invalidArgument();
  }
  for (const tool of tools) {
    const unserved =
      (tool.googleSearch && !model.tools.search) ||
      (tool.codeExecution && !model.tools.codeExecution) ||
      (tool.urlContext && !model.tools.urlContext) ||
      tool.googleMaps;
    if (unserved) throw refusals.invalidArgument();
  }
  return declarations;
}

export function builtInOf(tools: readonly Tool[]): BuiltInTools {
  return {
    search: tools.some(({ googleSearch }) => googleSearch !== undefined),
    codeExecution: tools.some(({ codeExecution }) => codeExecution !== undefined),
    urlContext: tools.some(({ urlContext }) => urlContext !== undefined),
  };
}

function compression(
  config: Setup['contextWindowCompression'],
  model: ModelRow,
): SessionConfig['compression'] {
  if (!config?.slidingWindow && config?.triggerTokens === undefined) return undefined;
  const triggerTokens = config.triggerTokens ?? Math.floor(model.contextTokens * 0.8);
  const targetTokens = config.slidingWindow?.targetTokens ?? Math.floor(triggerTokens / 2);
  if (triggerTokens > model.contextTokens || targetTokens > triggerTokens) throw refusals.invalidArgument();
  return { triggerTokens, targetTokens };
}
