// Opens connections for the supervisor: builds the set-up, sends inputs through the SDK, maps messages to events.
import type { Session } from '@google/genai';
import { pcmToBase64 } from '../audio/pcm.js';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import { CallIds, withServiceId } from '../session/call-ids.js';
import type { ModelEvent, ProfileChange } from '../session/port.js';
import type { Input, OpenWire } from '../session/wire.js';
import type { Logger } from '../util/log.js';
import { createClient, type ModelAccess } from './client.js';
import { LiveConnection } from './live-connection.js';
import { mapServerMessage } from './messages.js';
import { buildConnect } from './setup.js';
import { TextLimits } from './text-limits.js';
import { wellFormed } from './well-formed.js';

export interface GeminiWireOptions {
  /** A function is asked at each connection. */
  readonly access: ModelAccess | (() => ModelAccess);
  readonly profile: Profile;
  readonly capabilities: Capabilities;
  readonly log: Logger;
  readonly connectDeadlineMs?: number;
}

const CONNECT_DEADLINE_MS = 10_000;

export function geminiWire(options: GeminiWireOptions): OpenWire {
  const { access, capabilities, log } = options;
  const callIds = new CallIds();
  const texts = new TextLimits();
  return ({ handle, seed, profile = options.profile, deadlineMs }, listener) => {
    const connect = buildConnect(profile, capabilities, {
      ...(handle === undefined ? {} : { handle }),
      seed,
    });
    callIds.connected(handle !== undefined);
    const isSpoken = profile.modality === 'audio';
    const connection = new LiveConnection(
      {
        client: createClient(typeof access === 'function' ? access() : access, connect.apiVersion, log),
        model: connect.model,
        config: wellFormed(connect.config),
        ...(connect.rawSetup ? { rawSetup: wellFormed(connect.rawSetup) } : {}),
        deadlineMs: Math.min(options.connectDeadlineMs ?? CONNECT_DEADLINE_MS, deadlineMs ?? Infinity),
      },
      {
        onReady: () => listener.onReady(),
        onMessage: (message) => {
          const events = mapServerMessage(message);
          for (const event of texts.within(isSpoken ? events.map(withoutText) : events))
            listener.onEvent(callIds.named(event));
        },
        onClose: (info) => {
          const { droppedFrames } = connection;
          if (droppedFrames > 0)
            log.warn(
              { droppedFrames },
              'sound or pictures were not sent: the connection could not take them',
            );
          listener.onClose(info);
        },
        onFault: (error) => log.warn({ err: error }, 'a frame from the Live API could not be read'),
      },
    );
    return {
      get isOpen() {
        return connection.isOpen;
      },
      send: (input) => {
        if (!sendInput(connection, input, capabilities)) return false;
        if (input.type === 'tool-results') for (const result of input.results) callIds.answered(result);
        return true;
      },
      ping: (onPong) => connection.ping(onPong),
      close: () => connection.close(),
      terminate: (reason) => connection.terminate(reason),
    };
  };
}

/** When the model answers in audio, a text part is a thought: the words of the answer come as output transcript. */
function withoutText(event: ModelEvent): ModelEvent {
  return event.type === 'text' ? { type: 'thought', text: event.text } : event;
}

function sendInput(connection: LiveConnection, input: Input, capabilities: Capabilities): boolean {
  switch (input.type) {
    case 'audio': {
      const { chunk } = input;
      // Base64 and numbers need no escaping in JSON.
      const audio = `{"data":"${pcmToBase64(chunk)}","mimeType":"audio/pcm;rate=${chunk.rate}"}`;
      return connection.sendMediaFrame(`{"realtimeInput":{"audio":${audio}}}`);
    }
    case 'image': {
      const video = { data: Buffer.from(input.image.bytes).toString('base64'), mimeType: 'image/jpeg' };
      return connection.sendMedia((session) => session.sendRealtimeInput({ video }));
    }
    case 'stream-end':
      return connection.send((session) => session.sendRealtimeInput({ audioStreamEnd: true }));
    case 'activity-start':
      return connection.send((session) => session.sendRealtimeInput({ activityStart: {} }));
    case 'activity-end':
      return connection.send((session) => session.sendRealtimeInput({ activityEnd: {} }));
    case 'text':
      return connection.send((session) => sendText(session, wellFormed(input.text), capabilities));
    case 'context': {
      const turns = wellFormed(input.turns).map(({ role, parts }) => ({ role, parts: [...parts] }));
      return connection.send((session) =>
        session.sendClientContent({ turns, turnComplete: input.turnComplete }),
      );
    }
    case 'tool-results': {
      const functionResponses = input.results.map(({ media, ...result }) => ({
        ...withServiceId(result),
        response: wellFormed({ ...result.response }),
        ...(media ? { parts: media.map((inlineData) => ({ inlineData })) } : {}),
      }));
      // The SDK's type demands an enum for `scheduling`; its values are these strings.
      const params = { functionResponses } as unknown as Parameters<Session['sendToolResponse']>[0];
      return connection.send((session) => session.sendToolResponse(params));
    }
    case 'reconfigure':
      return connection.send((session) => sendUpdate(session, input.change, capabilities));
  }
}

/** Sends the changed fields in the form that they have in a set-up. */
function sendUpdate(session: Session, change: ProfileChange, capabilities: Capabilities): void {
  const config = wellFormed(buildConnect(change.profile, capabilities).config);
  session.sendContextUpdate({
    // Omitted fields would keep their earlier value.
    ...(change.instructions
      ? { systemInstruction: config.systemInstruction ?? { parts: [{ text: '' }] } }
      : {}),
    ...(change.tools ? { tools: { tools: config.tools ?? [] } } : {}),
  });
}

/** Some models answer text only as realtime input, others only as a turn of client content. */
function sendText(session: Session, text: string, capabilities: Capabilities): void {
  if (capabilities.textInput === 'realtime-text') session.sendRealtimeInput({ text });
  else session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true });
}
