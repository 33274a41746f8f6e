// The recognition thread: speech recognition and speech synthesis for all sessions.
import { parentPort, workerData } from 'node:worker_threads';
import { Flite } from './flite.js';
import type { FromRecognition, RecognitionThreadData, ToRecognition } from './messages.js';
import { ModelFilesError } from './model-files.js';
import { Moonshine } from './moonshine.js';
import { RunGate } from './run-gate.js';
import { finishSound } from './utterance-sound.js';
import { speakingVoice } from './voices.js';

const WARM_UP = 'Good morning! How can I help you today?';
const VOICES_OF_EACH_KIND = ['Puck', 'Algenib'];

if (!parentPort) throw new Error('recognition-thread.js is started by openSpeech() as a worker thread');
const port = parentPort;
const data = workerData as RecognitionThreadData;
const gate = new RunGate(data.gate);
const flite = await Flite.load();
const { moonshine, problem } = await loadRecogniser(data.modelDir);
await warmUp();

/** Utterances that wait: they are recognised one after the other, so that the first to end is the first answered. */
const utterances: Extract<ToRecognition, { type: 'recognise' | 'recognise-early' }>[] = [];
/** What makes way for those: utterances that have probably ended, then partial ones. */
const early: Extract<ToRecognition, { type: 'recognise-early' }>[] = [];
const partials: Extract<ToRecognition, { type: 'recognise-partial' }>[] = [];
/** Which of these is being recognised, and whether it still makes way. */
let yielding: (typeof early | typeof partials)[number] | undefined;
let urgent = false;
let recognising = false;
let stopping = false;

async function loadRecogniser(
  folder: string | undefined,
): Promise<{ moonshine?: Moonshine; problem?: string }> {
  if (folder === undefined) return { problem: 'no folder of the recognition model is given' };
  try {
    return { moonshine: await gate.pass(() => Moonshine.load(folder, gate)) };
  } catch (error) {
    if (error instanceof ModelFilesError) return { problem: error.message };
    throw error;
  }
}

/**
 * Speaks a sentence with each kind of voice and listens to it: what is compiled and allocated at first use would make
 * the first answer late by up to 100 ms, more on a busy machine.
 */
async function warmUp(): Promise<void> {
  for (const name of VOICES_OF_EACH_KIND) {
    const voice = speakingVoice(name);
    const spoken = flite.speak(WARM_UP, voice);
    finishSound(spoken, voice, 0);
    await moonshine?.recognise(Float32Array.from(spoken, (sample) => sample / 32_768));
  }
}

function post(message: FromRecognition, transfer?: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

function fail(id: number, error: unknown): void {
  post({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
}

/**
 * A sentence is spoken as soon as it is asked for, between two tokens of whatever is being recognised: that costs the
 * recognition 20 to 90 ms, and saves a waiting session the rest of another session's recognition.
 */
function speak({ id, text, voice, pauseMs }: Extract<ToRecognition, { type: 'speak' }>): void {
  try {
    const chosen = speakingVoice(voice);
    const samples = finishSound(flite.speak(text, chosen), chosen, pauseMs);
    post({ type: 'spoken', id, samples }, [samples.buffer]);
  } catch (error) {
    fail(id, error);
  }
}

async function recogniseAll(): Promise<void> {
  if (recognising) return;
  recognising = true;
  while (!stopping && utterances.length + early.length + partials.length > 0) {
    const next = utterances.shift();
    if (next) await recognise(next.id, next.samples);
    else await look();
  }
  recognising = false;
  if (stopping) port.close();
}

async function recognise(id: number, samples: Float32Array): Promise<void> {
  try {
    post({ type: 'recognised', id, text: moonshine ? (await moonshine.recognise(samples)).text : '' });
  } catch (error) {
    fail(id, error);
  }
}

/** Between two runs of the model it makes way for whole utterances: it begins again after them. */
async function look(): Promise<void> {
  yielding = early.shift() ?? partials.shift();
  urgent = false;
  if (!yielding) return;
  const { id, samples } = yielding;
  try {
    const wanted = () => yielding !== undefined && (urgent || utterances.length === 0) && !stopping;
    const found = moonshine ? await moonshine.recognise(samples, wanted) : undefined;
    if (found) post({ type: 'recognised', id, text: found.text });
    else if (yielding?.type === 'recognise-early') early.unshift(yielding);
    else if (yielding) partials.unshift(yielding);
  } catch (error) {
    fail(id, error);
  }
  yielding = undefined;
}

function hurry(id: number): void {
  if (yielding?.id === id) urgent = true;
  const index = early.findIndex((request) => request.id === id);
  if (index >= 0) utterances.push(...early.splice(index, 1));
}

function drop(id: number): void {
  if (yielding?.id === id) yielding = undefined;
  for (const queue of [utterances, early, partials]) {
    const index = queue.findIndex((request) => request.id === id);
    if (index >= 0) queue.splice(index, 1);
  }
}

port.on('message', (message: ToRecognition) => {
  switch (message.type) {
    case 'recognise':
      utterances.push(message);
      void recogniseAll();
      return;
    case 'recognise-partial':
      partials.push(message);
      void recogniseAll();
      return;
    case 'recognise-early':
      early.push(message);
      void recogniseAll();
      return;
    case 'urgent':
      hurry(message.id);
      return;
    case 'speak':
      speak(message);
      return;
    case 'drop':
      drop(message.id);
      return;
    case 'stop':
      stopping = true;
      if (!recognising) port.close();
  }
});

post(problem === undefined ? { type: 'ready' } : { type: 'ready', problem });
