// Conversations recorded from the real service, replayed through the mapping.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mapServerMessage } from '../../../src/gemini/messages.js';
import type { ModelEvent } from '../../../src/session/port.js';

/** Beside the repository, not in it: the recordings are not ours to hand on. */
const FOLDER = new URL('../../../../shared/recordings/', import.meta.url);

const text = (value: string): ModelEvent => ({ type: 'text', text: value });
const words = (value: string): ModelEvent => ({ type: 'output-transcript', text: value, finished: false });

const conversations: Readonly<Record<string, readonly ModelEvent[]>> = {
  handle_activity_start_and_end: [text('Yeah'), text(", I can hear you. What's up?")],
  should_receive_transcription_in_async_session_with_transcription_enabled: [
    words('We'),
    words(' could talk about anything you like. Perhaps you have a hobby or an interest you'),
    words("'d like to discuss, or maybe there's a topic you've been curious about lately."),
  ],
  should_reply_to_realtime_text_input: [text("Yes, I'"), text('m here! How can I help you today?')],
  should_return_error_for_invalid_input_in_async_session: [],
  should_send_tool_response: [
    {
      type: 'code',
      language: 'PYTHON',
      code: "print(default_api.get_current_weather(location='Redmond, WA'))",
    },
    {
      type: 'tool-calls',
      calls: [
        {
          id: 'function-call-5831923424298605773',
          name: 'get_current_weather',
          args: { location: 'Redmond, WA' },
        },
      ],
    },
  ],
};

/** `<N json` is what the service sent; the JSON may go over many lines. */
function serviceMessages(name: string): unknown[] {
  const log = readFileSync(new URL(`live_ML_Dev_${name}.websocket.log`, FOLDER), 'utf8');
  const frames = log.split(/^(?=[<>]\d+ )/m).filter((frame) => frame.startsWith('<'));
  return frames.map((frame) => JSON.parse(frame.replace(/^<\d+ /, '')) as unknown);
}

if (existsSync(FOLDER)) {
  describe('recordings of the real service', () => {
    test.each(Object.entries(conversations))('%s', (name, expected) => {
      const messages = serviceMessages(name);
      expect(messages[0]).toEqual({ setupComplete: {} });
      expect(messages.flatMap(mapServerMessage)).toEqual(expected);
    });
  });
} else {
  test('the recordings are not beside this repository: their shapes alone are checked', () => {
    for (const expected of Object.values(conversations)) {
      for (const event of expected) {
        const replay = mapServerMessage(messageOf(event));
        expect(replay).toEqual([event]);
      }
    }
  });
}

/** A message that says what the event says, in the service's form. */
function messageOf(event: ModelEvent): unknown {
  switch (event.type) {
    case 'text':
      return { serverContent: { modelTurn: { parts: [{ text: event.text }] } } };
    case 'output-transcript':
      return { serverContent: { outputTranscription: { text: event.text } } };
    case 'code':
      return {
        serverContent: {
          modelTurn: { parts: [{ executableCode: { language: event.language, code: event.code } }] },
        },
      };
    case 'tool-calls':
      return { toolCall: { functionCalls: event.calls } };
    default:
      throw new Error(`no recording has ${event.type}`);
  }
}
