// Inputs of every form from participants, dispatches and the service, and a call that has to survive each of them.
import fc from 'fast-check';
import { expect } from 'vitest';
import { readProfile } from '../../src/bridge/checked-profile.js';
import { mapServerMessage } from '../../src/gemini/messages.js';
import { COMMAND_METHODS } from '../../src/protocol/commands.js';
import { TOPIC_CHAT, TOPIC_TOOL_RESPONSE } from '../../src/protocol/topics.js';
import { RpcFailure } from '../../src/room/rpc-failure.js';
import { readSessionRequest } from '../../src/room/session-codec.js';
import { StreamAdmission } from '../../src/room/stream-admission.js';
import { NO_TOOL_DEPLOYMENT } from '../../src/tools/deployment.js';
import { type Bridged, bridged } from './bridged.js';
import { quietLog } from './supervised.js';

const RULES = { deployment: NO_TOOL_DEPLOYMENT, vertex: false };
const text = fc.string({ unit: 'binary', maxLength: 40 });
const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const identity = fc.constantFrom('ana', 'mallory', '', '__proto__', 'agent-gemini', '\u001b[2J');

/** Objects with the names that are read, so that what is inside is reached; most values are of a wrong type. */
function named(
  names: readonly string[],
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), value, { maxKeys: 6 });
}

const PROFILE_NAMES = [
  'model',
  'instructions',
  'voice',
  'language',
  'modality',
  'live',
  'apiVersion',
  'greeting',
  'history',
  'tools',
  'listen',
  'see',
  'captions',
  'events',
  'control',
  'chat',
  'profile',
  'data',
  'mcp',
  'idle',
  'leave',
] as const;
const INSIDE_NAMES = [
  'declaration',
  'name',
  'run',
  'by',
  'url',
  'policy',
  'participant',
  'source',
  'role',
  'parts',
  'text',
  'afterMs',
  'packets',
  'to',
  'types',
  'tools',
  'parameters',
  'type',
  'properties',
  'generationConfig',
  'sessionResumption',
  'required',
  'format',
  'enum',
  // Objects that cannot be made into text.
  'toString',
  'valueOf',
] as const;
const word = fc.constantFrom<unknown>(
  'anyone',
  'participant',
  'webhook',
  'audio',
  'one',
  'user',
  'OBJECT',
  0,
  -1,
  1e9,
  null,
);
const inside = named(
  INSIDE_NAMES,
  fc.oneof(word, json, fc.array(named(INSIDE_NAMES, fc.oneof(word, json)), { maxLength: 3 })),
);
const profile = named(PROFILE_NAMES, fc.oneof(word, json, inside, fc.array(inside, { maxLength: 3 })));

const COMMAND_NAMES = [
  'text',
  'turns',
  'turnComplete',
  'role',
  'parts',
  'id',
  'ok',
  'tools',
  'listen',
  'see',
  'instructions',
];
const commandBody = fc.oneof(json, profile, named(COMMAND_NAMES, fc.oneof(word, json, inside)));
/** Without those that are meant to end the call. */
const method = fc.constantFrom(...COMMAND_METHODS.filter((name) => name !== 'hang_up'));

const answerBody = named(
  ['id', 'response', 'error', 'willContinue', 'scheduling'],
  fc.oneof(word, json, fc.constant('c1')),
);

const MESSAGE_NAMES = [
  'serverContent',
  'toolCall',
  'toolCallCancellation',
  'usageMetadata',
  'goAway',
  'sessionResumptionUpdate',
  'error',
  'voiceActivity',
  'interactionStatus',
  'setupComplete',
];
const CONTENT_NAMES = [
  'modelTurn',
  'parts',
  'text',
  'thought',
  'inlineData',
  'data',
  'mimeType',
  'inputTranscription',
  'outputTranscription',
  'interrupted',
  'turnComplete',
  'generationComplete',
  'groundingMetadata',
  'functionCalls',
  'id',
  'name',
  'args',
  'ids',
  'timeLeft',
  'newHandle',
  'resumable',
  'finished',
  'toString',
  'executableCode',
  'codeExecutionResult',
  'promptTokensDetails',
  'totalTokenCount',
  'type',
  'turnCompleteReason',
];
const contentWord = fc.constantFrom<unknown>(
  true,
  'light',
  'c1',
  'AAAA',
  'audio/pcm;rate=24000',
  '5s',
  1,
  'ACTIVITY_START',
);
const content = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    contentWord,
    json,
    named(CONTENT_NAMES, tie('node')),
    fc.array(tie('node'), { maxLength: 3 }),
  ),
})).node;
const serviceMessage = fc.oneof(json, named(MESSAGE_NAMES, fc.oneof(content, named(CONTENT_NAMES, content))));

/** One thing that somebody does to a call. */
const deed = fc.oneof(
  fc.record({
    kind: fc.constant('rpc'),
    identity,
    method,
    payload: fc.oneof(text, commandBody.map(written)),
  }),
  fc.record({
    kind: fc.constant('packet'),
    identity,
    text: fc.oneof(text, answerBody.map(written), json.map(written)),
  }),
  fc.record({ kind: fc.constant('chat'), identity, text }),
  fc.record({
    kind: fc.constant('stream'),
    identity,
    topic: fc.oneof(text, fc.constantFrom(TOPIC_CHAT, TOPIC_TOOL_RESPONSE)),
  }),
  fc.record({ kind: fc.constant('session'), identity, bytes: fc.uint8Array({ maxLength: 60 }) }),
  fc.record({ kind: fc.constant('metadata'), text: fc.oneof(text, profile.map(written), json.map(written)) }),
  fc.record({ kind: fc.constant('service'), message: serviceMessage }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

function written(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

/** Bytes that are no message are left alone, as the room does. */
function requestOf(bytes: Uint8Array): ReturnType<typeof readSessionRequest> {
  try {
    return readSessionRequest(bytes);
  } catch {
    return undefined;
  }
}

/** @throws what a participant or the service must not be able to cause */
async function happens(done: Deed, { room, session }: Bridged, admission: StreamAdmission): Promise<void> {
  switch (done.kind) {
    case 'rpc':
      await room.call(done.identity, done.method, done.payload).catch((error: unknown) => {
        // Refused with a reason; 1500 would be a failure of the agent's own.
        if (!(error instanceof RpcFailure) || error.code === 1500) throw error;
      });
      return;
    case 'packet':
      room.emit({ type: 'message', topic: TOPIC_TOOL_RESPONSE, identity: done.identity, text: done.text });
      return;
    case 'chat':
      room.chat(done.identity, done.text);
      return;
    case 'stream':
      if (admission.admits(done.identity, done.topic)) admission.begin(done.identity)();
      return;
    case 'session': {
      const request = requestOf(done.bytes);
      if (request) room.emit({ type: 'session-request', identity: done.identity, request });
      return;
    }
    case 'metadata':
      readProfile(done.text, undefined, RULES);
      return;
    case 'service':
      session.emit(...mapServerMessage(done.message));
      return;
  }
}

const PROFILE = { control: ['ana', '__proto__'], tools: [{ declaration: { name: 'light' } }] };
/** A call is begun anew after so many inputs: a bug that needs more than these is one of memory. */
const INPUTS_A_CALL = 500;

/** Does `inputs` things to calls, one after the other. The seed of a failure is in its message. */
export async function fuzz(inputs: number, seed?: number): Promise<void> {
  const perCall = fc.array(deed, { minLength: INPUTS_A_CALL, maxLength: INPUTS_A_CALL, size: 'max' });
  await fc.assert(
    fc.asyncProperty(perCall, async (deeds) => {
      const call = bridged(PROFILE);
      const admission = new StreamAdmission(quietLog, () => {});
      call.room.join('ana');
      call.room.join('mallory');
      call.bridge.start();
      call.session.emit({ type: 'connection', state: 'open' });
      for (const done of deeds) await happens(done, call, admission);
      expect(call.ends).toEqual([]);
      expect(JSON.parse(await call.room.call('ana', 'get_state'))).toMatchObject({
        agent: expect.any(String),
      });
      await call.bridge.close();
    }),
    {
      numRuns: Math.ceil(inputs / INPUTS_A_CALL),
      ...(seed === undefined ? {} : { seed }),
      endOnFailure: true,
    },
  );
}
