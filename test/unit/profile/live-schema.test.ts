// `live` against the SDK's own types and enumerations: nothing of LiveConnectConfig is missing, nothing is misspelt.
import * as genai from '@google/genai';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type LiveField, liveSchema } from '../../../src/profile/live-schema.js';
import type { FunctionDeclarationField, LiveToolField } from '../../../src/profile/live-tools-schema.js';

type Keys<T> = keyof NonNullable<T>;

test('every field of the SDK’s types has its place, and no other', () => {
  // Checked by the compiler (npm run types).
  expectTypeOf<Keys<LiveField>>().toEqualTypeOf<keyof genai.LiveConnectConfig | 'historyConfig'>();
  expectTypeOf<Keys<LiveField['realtimeInputConfig']>>().toEqualTypeOf<keyof genai.RealtimeInputConfig>();
  expectTypeOf<
    Keys<NonNullable<LiveField['realtimeInputConfig']>['automaticActivityDetection']>
  >().toEqualTypeOf<keyof genai.AutomaticActivityDetection>();
  expectTypeOf<Keys<LiveField['inputAudioTranscription']>>().toEqualTypeOf<
    keyof genai.AudioTranscriptionConfig
  >();
  expectTypeOf<Keys<LiveField['thinkingConfig']>>().toEqualTypeOf<keyof genai.ThinkingConfig>();
  expectTypeOf<Keys<LiveField['speechConfig']>>().toEqualTypeOf<keyof genai.SpeechConfig>();
  expectTypeOf<Keys<NonNullable<LiveField['speechConfig']>['voiceConfig']>>().toEqualTypeOf<
    keyof genai.VoiceConfig
  >();
  expectTypeOf<Keys<LiveField['proactivity']>>().toEqualTypeOf<keyof genai.ProactivityConfig>();
  expectTypeOf<Keys<LiveField['sessionResumption']>>().toEqualTypeOf<keyof genai.SessionResumptionConfig>();
  expectTypeOf<Keys<LiveField['contextWindowCompression']>>().toEqualTypeOf<
    keyof genai.ContextWindowCompressionConfig
  >();
  expectTypeOf<Keys<LiveField['translationConfig']>>().toEqualTypeOf<keyof genai.TranslationConfig>();
  expectTypeOf<Keys<LiveField['historyConfig']>>().toEqualTypeOf<keyof genai.HistoryConfig>();
  expectTypeOf<Keys<LiveField['generationConfig']>>().toEqualTypeOf<keyof genai.GenerationConfig>();
  expectTypeOf<Keys<NonNullable<LiveField['safetySettings']>[number]>>().toEqualTypeOf<
    keyof genai.SafetySetting
  >();
  expectTypeOf<Keys<FunctionDeclarationField>>().toEqualTypeOf<keyof genai.FunctionDeclaration>();
  expectTypeOf<Keys<LiveToolField>>().toEqualTypeOf<keyof genai.Tool>();
  expect(Object.keys(liveSchema.shape)).toContain('historyConfig');
});

const json = z.toJSONSchema(liveSchema, { io: 'input' });

/** The `enum` at a path of property names; `0` goes into a list. */
function enumAt(path: string): unknown {
  let schema: unknown = json;
  for (const key of path.split('.')) {
    const node = schema as { properties?: Record<string, unknown>; items?: unknown };
    schema = key === '0' ? node.items : node.properties?.[key];
  }
  return (schema as { enum?: unknown }).enum;
}

const detection = 'realtimeInputConfig.automaticActivityDetection';

test.each<[string, Record<string, string>]>([
  ['thinkingConfig.thinkingLevel', genai.ThinkingLevel],
  ['mediaResolution', genai.MediaResolution],
  [`${detection}.startOfSpeechSensitivity`, genai.StartSensitivity],
  [`${detection}.endOfSpeechSensitivity`, genai.EndSensitivity],
  ['realtimeInputConfig.activityHandling', genai.ActivityHandling],
  ['realtimeInputConfig.turnCoverage', genai.TurnCoverage],
  ['inputAudioTranscription.mode', genai.AudioTranscriptionConfigMode],
  ['safetySettings.0.method', genai.HarmBlockMethod],
  ['safetySettings.0.threshold', genai.HarmBlockThreshold],
  ['tools.0.functionDeclarations.0.behavior', genai.Behavior],
])('%s takes the values of the SDK', (path, values) => {
  const named = Object.values(values).filter((value) => !value.endsWith('UNSPECIFIED'));
  expect([...(enumAt(path) as string[])].sort()).toEqual(named.sort());
});
