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

/** @typedef {{ type: 'join', url: string, token: string }} Join */
/** @typedef {{ type: 'do', what: string, times: number }} Do */

/** A guest's own work, above all its encoder's, is done on another machine. */
setPriority(constants.priority.PRIORITY_LOW);

const room = new Room();

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

/** @param {number} width @param {number} height @param {number} source */
async function show(width, height, source) {
  const video = new VideoSource(width, height);
  const track = LocalVideoTrack.createVideoTrack('picture', video);
  const options = new TrackPublishOptions({ source, simulcast: false });
  const publication = await local().publishTrack(track, options);
  const frame = new VideoFrame(new Uint8Array((width * height * 3) / 2), width, height, VideoBufferType.I420);
  for (let nth = 0; nth < 5; nth += 1) {
    video.captureFrame(frame);
    // biome-ignore lint/plugin: real time is the subject: a screen at one picture a second
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await local().unpublishTrack(publication.sid ?? '');
}

/** @type {Record<string, (times: number) => Promise<unknown>>} */
const DEEDS = {
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
  'shares a screen that is too large': () => show(5_120, 2_880, TrackSource.SOURCE_SCREENSHARE),
};

process.on('message', async (/** @type {Join | Do} */ message) => {
  try {
    if (message.type === 'join')
      await room.connect(message.url, message.token, { autoSubscribe: false, dynacast: false });
    else await DEEDS[message.what]?.(message.times);
    process.send?.({ ok: true });
  } catch (error) {
    process.send?.({ ok: false, message: String(error) });
  }
});
process.once('disconnect', () => process.exit(0));
