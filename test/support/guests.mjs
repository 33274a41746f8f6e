// A guest in a process of its own, so that what it does costs the bystander's process nothing: forked by guests.ts.
import { constants, setPriority } from 'node:os';
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node';

/** @type {typeof import('../../src/room/native/mute-track.js')} */
const { muteTrack } = await import(new URL('../../dist/src/room/native/mute-track.js', import.meta.url).href);

/** @typedef {{ type: 'join', url: string, token: string, others: string[] }} Join */
/** @typedef {{ type: 'do', what: string, times: number }} Do */

/** A guest's own work, above all its encoder's, is done on another machine. Who is only asked for the echo does none. */
if (!process.argv.includes('echo')) setPriority(constants.priority.PRIORITY_LOW);

let room = new Room();
let url = '';
/** Of others as whom it may join, one after the other. @type {string[]} */
let tokens = [];
let joined = 0;

function local() {
  const { localParticipant } = room;
  if (!localParticipant) throw new Error('not in the room');
  return localParticipant;
}

/** @param {number} times @param {(nth: number) => Promise<unknown>} act @param {number} [atOnce] */
async function repeat(times, act, atOnce = 8) {
  let next = 0;
  const one = async () => {
    while (next < times) {
      const nth = next++;
      await act(nth).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

const agent = () =>
  [...room.remoteParticipants.keys()].find((identity) => identity.startsWith('agent-')) ?? '';

/** What it sends is for the agent: others would have to read it, too. */
const toAgent = () => ({ destinationIdentities: [agent()] });

/** @param {string} method @param {string} payload */
const rpc = (method, payload) =>
  local().performRpc({ destinationIdentity: agent(), method, payload, responseTimeout: 5_000 });

/** By each way in turn. @param {number} times @param {number} chars */
const inflate = (times, chars) =>
  repeat(
    times,
    async (nth) => {
      const text = 'a'.repeat(chars);
      if (nth % 3 === 2) await rpc('say', text);
      else
        await local().sendText(text, {
          topic: nth % 3 ? 'lk.chat' : 'gemini.tool_response',
          compress: true,
          ...toAgent(),
        });
    },
    1,
  );

/** @param {number} width @param {number} height @param {number} source @param {number} [pictures] */
async function show(width, height, source, pictures = 5) {
  const video = new VideoSource(width, height);
  const track = LocalVideoTrack.createVideoTrack('picture', video);
  const options = new TrackPublishOptions({ source, simulcast: false });
  const publication = await local().publishTrack(track, options);
  const frame = new VideoFrame(new Uint8Array((width * height * 3) / 2), width, height, VideoBufferType.I420);
  for (let nth = 0; nth < pictures; nth += 1) {
    video.captureFrame(frame);
    // biome-ignore lint/plugin: real time is the subject: a screen at one picture a second
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await local().unpublishTrack(publication.sid ?? '');
}

/** A ping of LiveKit's session messages, and one that asks for the history. @param {number} nth */
const sessionRequest = (nth) => {
  const field = nth % 2 ? 3 : 4;
  const id = Buffer.from(`r${nth}`);
  return Buffer.concat([
    Buffer.from([0x0a, id.length + 4, 0x0a, id.length]),
    id,
    Buffer.from([field * 8 + 2, 0]),
  ]);
};

/** Of very many pixels in some kilobytes. @param {number} width @param {number} height */
async function hugePicture(width, height) {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  const create = { width, height, channels: /** @type {3} */ (3), background: '#fff' };
  return sharp({ create }).webp({ lossless: true, effort: 0 }).toBuffer();
}

/** @param {string} topic @param {Uint8Array} bytes @param {Record<string, unknown>} options */
async function sendBytes(topic, bytes, options = {}) {
  const writer = await local().streamBytes({ topic, totalSize: bytes.length, ...options, ...toAgent() });
  await writer.write(bytes);
  await writer.close();
}

/** Every topic that anything in the room reads or writes, and some that nothing does. */
const TOPICS = [
  'lk.transcription',
  'gemini.event',
  'gemini.tool_response',
  'lk.chat',
  'lk-chat-topic',
  'lk.agent.session',
  'lk.rpc_request',
  'lk.rpc_response',
  '__proto__',
  '',
];

/** @type {Record<string, (times: number) => Promise<unknown>>} */
const DEEDS = {
  'writes on every topic': (times) =>
    repeat(times, async (nth) => {
      const topic = TOPICS[nth % TOPICS.length] ?? '';
      const text = JSON.stringify({ id: '__proto__', response: { x: 'y'.repeat(nth % 11 ? 10 : 100_000) } });
      if (nth % 3) await local().sendText(text, { topic, ...toAgent() });
      else await sendBytes(topic, Buffer.from(text), { name: text, mimeType: 'image/png' });
    }),
  'sends packets on every topic': (times) =>
    repeat(times, (nth) =>
      local().publishData(Buffer.alloc(nth % 2 ? 14_000 : 10, 0xff), {
        reliable: nth % 3 > 0,
        topic: TOPICS[nth % TOPICS.length] ?? '',
        destination_identities: [agent()],
      }),
    ),
  'presses telephone keys': (times) => repeat(times, (nth) => local().publishDtmf(nth % 16, '#')),
  'changes name, metadata and attributes': (times) =>
    repeat(times, async (nth) => {
      const value = `${nth} `.repeat(nth % 5 ? 10 : 10_000);
      const change = [
        () => local().updateMetadata(value),
        () => local().updateName(value),
        () => local().setAttributes({ [`key${nth % 7}`]: value, __proto__: 'x' }),
      ][nth % 3];
      // Not awaited: what the server refuses is answered after 5 s.
      void change?.().catch(() => {});
    }),
  'asks about the session': (times) =>
    repeat(times, (nth) =>
      sendBytes('lk.agent.session', nth % 9 ? sessionRequest(nth) : Buffer.alloc(200, nth), {
        name: 'request',
        mimeType: 'application/octet-stream',
      }),
    ),
  'sends pictures of 49 and 16 million pixels': async (times) => {
    const [refused, taken] = [await hugePicture(7_000, 7_000), await hugePicture(4_000, 4_000)];
    const pictureOf = (/** @type {number} */ nth) => (nth % 2 ? taken : refused);
    await repeat(times, (nth) =>
      sendBytes('lk.chat', pictureOf(nth), { name: `${nth}.webp`, mimeType: 'image/webp' }),
    );
  },
  'sends JSON of odd forms': (times) => {
    const odd = [
      `{"see":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`,
      '{"__proto__":{"tools":[]},"constructor":{"prototype":{"x":1}},"listen":{"__proto__":{"policy":"one"}}}',
      '{"see":{"framesPerSecond":1e999,"maxEdge":-1e308,"quality":null}}',
      `{"listen":{"policy":"one","participant":"${'x'.repeat(10_000)}"}}`,
      `[${'[],'.repeat(4_000)}1]`,
      `{"tools":[${'{"declaration":{"name":"__proto__"}},'.repeat(300)}1]}`,
      `{"text":${'"\\u0000\\ud800"'}}`,
      `{"turns":[${'{"role":"user","parts":[{"text":"x"}]},'.repeat(300)}1]}`,
    ];
    const methods = ['configure', 'add_context', 'say', 'get_transcript', 'approve'];
    return repeat(times, (nth) => rpc(methods[nth % methods.length] ?? '', odd[nth % odd.length] ?? ''));
  },
  'answers with JSON of odd forms': (times) => {
    const odd = [
      `{"id":"c1","response":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `{"id":"__proto__","response":{"__proto__":{"x":1},"n":1e999}}`,
      `{"id":"${'x'.repeat(200_000)}","error":"no"}`,
      `{"id":"c1","error":"${'\\u001b[2J'.repeat(5_000)}"}`,
    ];
    return repeat(times, (nth) =>
      local().sendText(odd[nth % odd.length] ?? '', { topic: 'gemini.tool_response', ...toAgent() }),
    );
  },
  'publishes and unpublishes without end': (times) =>
    repeat(
      times,
      async (nth) => {
        const isAudio = nth % 3 > 0;
        const track = isAudio
          ? LocalAudioTrack.createAudioTrack(`track ${nth}`, new AudioSource(48_000, 1))
          : LocalVideoTrack.createVideoTrack(`track ${nth}`, new VideoSource(320, 180));
        const sources = [
          TrackSource.SOURCE_MICROPHONE,
          TrackSource.SOURCE_SCREENSHARE,
          TrackSource.SOURCE_UNKNOWN,
        ];
        const options = new TrackPublishOptions({ source: sources[nth % 3] ?? TrackSource.SOURCE_UNKNOWN });
        const publication = await local().publishTrack(track, options);
        await local().unpublishTrack(publication.sid ?? '');
      },
      2,
    ),
  'mutes and unmutes without end': async (times) => {
    const audio = LocalAudioTrack.createAudioTrack('microphone', new AudioSource(48_000, 1));
    const video = LocalVideoTrack.createVideoTrack('screen', new VideoSource(320, 180));
    const tracks = [
      { track: audio, source: TrackSource.SOURCE_MICROPHONE },
      { track: video, source: TrackSource.SOURCE_SCREENSHARE },
    ];
    for (const { track, source } of tracks)
      await local().publishTrack(track, new TrackPublishOptions({ source }));
    for (let nth = 0; nth < times; nth += 1) {
      for (const { track } of tracks) muteTrack(/** @type {LocalAudioTrack} */ (track), nth % 2 === 0);
      // biome-ignore lint/plugin: a client that does nothing else
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const { track } of tracks) await local().unpublishTrack(track.sid ?? '');
  },
  'joins and leaves without end': (times) =>
    repeat(
      times,
      async () => {
        const other = new Room();
        await other.connect(url, tokens[joined++ % tokens.length] ?? '', {
          autoSubscribe: false,
          dynacast: false,
        });
        await other.disconnect();
      },
      2,
    ),
  'opens streams and never closes them': (times) =>
    repeat(times, async (nth) => {
      const writer = await local().streamText({
        topic: nth % 2 ? 'lk.chat' : 'gemini.tool_response',
        ...toAgent(),
      });
      if (nth % 7 === 0) await writer.write('never whole');
    }),
  'sends malformed tool answers': (times) =>
    repeat(times, () =>
      local().publishData(Buffer.from('{'), {
        reliable: true,
        topic: 'gemini.tool_response',
        destination_identities: [agent()],
      }),
    ),
  'chats without end': (times) =>
    repeat(times, (nth) =>
      local().sendText(`${nth} ${'x'.repeat(7_000)}`, { topic: 'lk.chat', ...toAgent() }),
    ),
  'sends half characters': (times) =>
    repeat(times, (nth) =>
      nth % 2
        ? rpc('say', '{"text":"half \\ud83d"}')
        : local().sendText('half \ud83d', { topic: 'lk.chat', ...toAgent() }),
    ),
  'configures with wrong keys': (times) => {
    const wrong = Object.fromEntries(
      Array.from({ length: 205 }, (_, nth) => [`framesPerSecnod${nth}`, 'x'.repeat(40)]),
    );
    return repeat(times, () => rpc('configure', JSON.stringify({ see: wrong })));
  },
  'calls commands without end': (times) =>
    repeat(times, (nth) =>
      rpc(['get_state', 'end_turn', 'add_context', 'start_turn'][nth % 4] ?? '', nth % 5 ? '' : '{"turns":'),
    ),
  'calls commands with payloads of megabytes': (times) => {
    // As large as the native library lets through; in signs of one byte and of four.
    const payloads = ['a'.repeat(4_600_000), '\u{1f600}'.repeat(1_150_000)];
    const methods = ['get_state', 'say', 'configure', 'nobody has it'];
    return repeat(times, (nth) => rpc(methods[nth % methods.length] ?? '', payloads[nth % 2] ?? ''));
  },
  'sends recordings of megabytes': (times) => {
    const noise = Buffer.from(
      Int16Array.from({ length: 2_000_000 }, (_, nth) => (nth * 7_919) % 20_000).buffer,
    );
    return repeat(times, (nth) =>
      sendBytes('lk.agent.pre-connect-audio-buffer', noise, {
        name: 'recording',
        mimeType: 'audio/pcm',
        attributes: { trackId: `TR_${nth}`, sampleRate: '44100', channels: '1' },
      }),
    );
  },
  'writes megabytes to streams that are refused': (times) =>
    repeat(times, async (nth) => {
      const topic = nth % 2 ? 'lk.chat' : 'nobody reads it';
      const writer = await local().streamText({ topic, ...toAgent() });
      for (let part = 0; part < 10; part += 1) await writer.write('a'.repeat(1_000_000));
      await writer.close();
    }),
  'begins commands of megabytes and never ends them': (times) =>
    repeat(times, async (nth) => {
      const writer = await local().streamText({
        topic: 'lk.rpc_request',
        attributes: {
          'lk.rpc_request_id': `never-whole-${nth}`,
          'lk.rpc_request_method': 'say',
          'lk.rpc_request_response_timeout_ms': '60000',
          'lk.rpc_request_version': '2',
        },
        ...toAgent(),
      });
      await writer.write('a'.repeat(4_000_000));
    }),
  'sends texts that inflate': (times) => inflate(times, 20_000_000),
  'opens byte streams and never closes them': (times) =>
    repeat(times, async (nth) => {
      const topics = ['lk.agent.session', 'lk.chat', 'lk.agent.pre-connect-audio-buffer', 'nobody reads it'];
      const writer = await local().streamBytes({
        topic: topics[nth % topics.length] ?? '',
        name: `file ${nth}`,
        attributes: { trackId: `TR_${nth}` },
        ...toAgent(),
      });
      if (nth % 7 === 0) await writer.write(new Uint8Array(100));
    }),
  'configures webhooks of its choice': (times) =>
    repeat(times, (nth) => {
      const run = { by: 'webhook', url: `https://tools.example.com/${nth}` };
      return rpc('configure', JSON.stringify({ tools: [{ declaration: { name: 'pay' }, run }] }));
    }),
  'publishes microphones': async (times) => {
    const source = new AudioSource(48_000, 1);
    const sids = [];
    for (let nth = 0; nth < times; nth += 1) {
      const track = LocalAudioTrack.createAudioTrack(`microphone ${nth}`, source);
      const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
      sids.push((await local().publishTrack(track, options)).sid ?? '');
    }
    for (let nth = 0; nth < 20; nth += 1)
      await source.captureFrame(
        new AudioFrame(new Int16Array(4_800).fill(nth % 2 ? 900 : -900), 48_000, 1, 4_800),
      );
    for (const sid of sids) await local().unpublishTrack(sid);
  },
  'shares a screen': () => show(1_280, 720, TrackSource.SOURCE_SCREENSHARE),
  'shares a screen of 12288x6912': () => show(12_288, 6_912, TrackSource.SOURCE_SCREENSHARE),
  'sends texts that inflate to 50 MB': (times) => inflate(times, 50_000_000),
  'sends texts that inflate to 400 MB': (times) => inflate(times, 400_000_000),
  'shares a screen that is too large': () => show(5_120, 2_880, TrackSource.SOURCE_SCREENSHARE, 3),
};

process.on('message', async (/** @type {Join | Do} */ message) => {
  try {
    if (message.type === 'join') {
      ({ url, others: tokens } = message);
      // Under another name: what the one before has begun ends with its leaving.
      await room.disconnect();
      room = new Room();
      await room.connect(url, message.token, { autoSubscribe: false, dynacast: false });
      local().registerRpcMethod('echo', async ({ payload }) => payload);
    } else await DEEDS[message.what]?.(message.times);
    process.send?.({ ok: true });
  } catch (error) {
    process.send?.({ ok: false, message: String(error) });
  }
});
process.once('disconnect', () => process.exit(0));
