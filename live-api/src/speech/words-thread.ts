// The thread that understands and speaks: recognition for every ear, and the voice for every session.
import { parentPort, workerData } from 'node:worker_threads';
import { Flite } from './flite.js';
import type { FromWords, ToWords, WordsThreadData } from './messages.js';
import { ModelFilesError } from './model-files.js';
import { Moonshine } from './moonshine.js';
import { EAR_RATE } from './port.js';
import { RunGate } from './run-gate.js';
import { finishSound } from './utterance-sound.js';
import { speakingVoice } from './voices.js';

if (!parentPort) throw new Error('words-thread.js is started by openSpeech() as a worker thread');
const port = parentPort;
const data = workerData as WordsThreadData;
const gate = new RunGate(data.gate);
const flite = await Flite.load();
flite.speak('Ready.', speakingVoice(''));
const { moonshine, problem } = await loadRecogniser(data.modelDir);

/** Utterances that wait: they are recognised one after the other, so that the first to end is the first answered. */
const utterances: Extract<ToWords, { type: 'recognise' }>[] = [];
let recognising = false;
let stopping = false;

async function loadRecogniser(
  folder: string | undefined,
): Promise<{ moonshine?: Moonshine; problem?: string }> {
  if (folder === undefined) return { problem: 'no folder of the recognition model is given' };
  try {
    const loaded = await gate.pass(() => Moonshine.load(folder, gate));
    // The first run prepares the model's memory: better now than in somebody's first answer.
    await loaded.recognise(new Float32Array(EAR_RATE));
    return { moonshine: loaded };
  } catch (error) {
    if (error instanceof ModelFilesError) return { problem: error.message };
    throw error;
  }
}

function post(message: FromWords, transfer?: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

function fail(id: number, error: unknown): void {
  post({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
}

/**
 * A sentence is spoken as soon as it is asked for, between two tokens of whatever is being recognised: that costs the
 * recognition 20 to 90 ms, and saves the one who waits for an answer the rest of somebody else's utterance.
 */
function speak({ id, text, voice, pauseMs }: Extract<ToWords, { type: 'speak' }>): void {
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
  for (let next = utterances.shift(); next && !stopping; next = utterances.shift()) {
    try {
      const text = moonshine ? (await moonshine.recognise(next.samples)).text : '';
      post({ type: 'recognised', id: next.id, text });
    } catch (error) {
      fail(next.id, error);
    }
  }
  recognising = false;
  if (stopping) port.close();
}

function drop(id: number): void {
  const index = utterances.findIndex((utterance) => utterance.id === id);
  if (index >= 0) utterances.splice(index, 1);
}

port.on('message', (message: ToWords) => {
  switch (message.type) {
    case 'recognise':
      utterances.push(message);
      void recogniseAll();
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
