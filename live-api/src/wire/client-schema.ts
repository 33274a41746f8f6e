// The messages that a client may send, with every field that the service knows, by API version.

import type { Fields, FieldType } from './schema.js';
import * as t from './schema.js';
import { setupFields, tool } from './setup-schema.js';

export type ApiVersion = 'v1' | 'v1beta' | 'v1alpha';

const blob = t.message({ mimeType: t.string, data: t.bytes, displayName: t.string });
const fileData = t.message({ mimeType: t.string, fileUri: t.string, displayName: t.string });

const functionResponse = t.message({
  id: t.string,
  name: t.string,
  response: t.struct,
  scheduling: t.oneOf(
    'FunctionResponse.Scheduling',
    'SCHEDULING_UNSPECIFIED',
    'SILENT',
    'WHEN_IDLE',
    'INTERRUPT',
  ),
  willContinue: t.bool,
  parts: t.list(t.message({ inlineData: blob, fileData })),
});

const part: FieldType = t.message({
  text: t.string,
  thought: t.bool,
  thoughtSignature: t.bytes,
  inlineData: blob,
  fileData,
  functionCall: t.message({ id: t.string, name: t.string, args: t.struct }),
  functionResponse,
  executableCode: t.message({
    id: t.string,
    language: t.oneOf('ExecutableCode.Language', 'LANGUAGE_UNSPECIFIED', 'PYTHON'),
    code: t.string,
  }),
  codeExecutionResult: t.message({
    id: t.string,
    outcome: t.oneOf(
      'CodeExecutionResult.Outcome',
      'OUTCOME_UNSPECIFIED',
      'OUTCOME_OK',
      'OUTCOME_FAILED',
      'OUTCOME_DEADLINE_EXCEEDED',
    ),
    output: t.string,
  }),
  videoMetadata: t.struct,
  mediaResolution: t.any,
  partMetadata: t.struct,
});

export const content: FieldType = t.message({ role: t.string, parts: t.list(part) });

const realtimeInput = t.message({
  mediaChunks: t.list(blob),
  audio: blob,
  video: blob,
  text: t.string,
  activityStart: t.empty,
  activityEnd: t.empty,
  audioStreamEnd: t.bool,
});

const byVersion = new Map<ApiVersion, Fields>();

export function clientMessageFields(version: ApiVersion): Fields {
  let fields = byVersion.get(version);
  if (!fields) {
    fields = {
      setup: t.message(setupFields(version, content)),
      clientContent: t.message({ turns: t.list(content), turnComplete: t.bool }),
      realtimeInput,
      toolResponse: t.message({ functionResponses: t.list(functionResponse) }),
      contextUpdate: t.message({
        systemInstruction: content,
        tools: t.message({ tools: t.list(tool) }),
      }),
    };
    byVersion.set(version, fields);
  }
  return fields;
}
