// What a recording says, by the local Live API's own ear: speech that was heard is recognised again.
import { GoogleGenAI, Modality } from '@google/genai';

/** Quiet after the recording, so that the service ends the last utterance. */
const TRAILING_MS = 2_000;
const PIECE_MS = 100;

/** Sends PCM16 mono faster than real time and returns the words of it. */
export async function transcribe(samples: Int16Array, rate: number, liveApiUrl: string): Promise<string> {
  const utterances = await transcribeUtterances(samples, rate, liveApiUrl);
  return utterances.join(' ').replace(/\s+/g, ' ').trim();
}

/** The same, utterance by utterance. */
export async function transcribeUtterances(
  samples: Int16Array,
  rate: number,
  liveApiUrl: string,
): Promise<readonly string[]> {
  const client = new GoogleGenAI({
    apiKey: 'test-key',
    apiVersion: 'v1beta',
    httpOptions: { baseUrl: liveApiUrl },
  });
  const words: string[] = [];
  let sentAll = false;
  let speaking = 0;
  let spoken = 0;
  let onSettled: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    onSettled = resolve;
  });
  const session = await client.live.connect({
    model: 'gemini-3.8-live',
    config: { responseModalities: [Modality.AUDIO], inputAudioTranscription: {} },
    callbacks: {
      onmessage: (message) => {
        const text = message.serverContent?.inputTranscription?.text;
        if (text) words.push(text);
        const activity = (message.voiceActivity as { type?: string } | undefined)?.type;
        if (activity === 'ACTIVITY_START') speaking += 1;
        if (activity === 'ACTIVITY_END') spoken += 1;
        if (sentAll && spoken > 0 && spoken === speaking) onSettled();
      },
      onclose: () => onSettled(),
    },
  });
  const piece = Math.round((rate * PIECE_MS) / 1000);
  const padded = new Int16Array(samples.length + Math.round((rate * TRAILING_MS) / 1000));
  padded.set(samples);
  for (let at = 0; at < padded.length; at += piece) {
    const data = Buffer.from(padded.slice(at, at + piece).buffer).toString('base64');
    session.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${rate}` } });
    // biome-ignore lint/plugin: real time is the subject: at four times its pace the recogniser keeps up, and pauses stay where they are
    await new Promise((resolve) => setTimeout(resolve, PIECE_MS / 4));
  }
  sentAll = true;
  if (spoken === 0 || spoken < speaking) await settled;
  session.close();
  return words;
}
