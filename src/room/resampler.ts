// Brings audio of another rate to the voice's, natively; one for each rate that the service sends.
import { AudioFrame, AudioResampler, AudioResamplerQuality } from '@livekit/rtc-node';
import { OUTPUT_RATE, type PcmChunk } from '../audio/pcm.js';

export function createResampler(): (chunk: PcmChunk) => PcmChunk {
  const byRate = new Map<number, AudioResampler>();
  return (chunk) => {
    let resampler = byRate.get(chunk.rate);
    if (!resampler) {
      resampler = new AudioResampler(chunk.rate, OUTPUT_RATE, 1, AudioResamplerQuality.MEDIUM);
      byRate.set(chunk.rate, resampler);
    }
    const frames = resampler.push(new AudioFrame(chunk.samples, chunk.rate, 1, chunk.samples.length));
    const samples = new Int16Array(frames.reduce((sum, frame) => sum + frame.samplesPerChannel, 0));
    let at = 0;
    for (const frame of frames) {
      samples.set(frame.data, at);
      at += frame.samplesPerChannel;
    }
    return { samples, rate: OUTPUT_RATE };
  };
}
