// Features: how answers are generated, what they cost, and the rest of the setup.
import { type Feature, type FeatureGroup, LIVE, NATIVE } from './feature.js';

function generation(feature: string, field: string, value: unknown): Feature {
  return {
    feature,
    profile: { live: { [field]: value } },
    setup: { generationConfig: { [field]: value } },
    room: [],
  };
}

export const GENERATION: FeatureGroup = {
  title: 'Generation, usage and the rest',
  features: [
    generation('Temperature', 'temperature', 0.4),
    generation('Top P', 'topP', 0.9),
    generation('Top K', 'topK', 40),
    generation('Longest answer', 'maxOutputTokens', 512),
    generation('Seed', 'seed', 7),
    generation('Media resolution', 'mediaResolution', 'MEDIA_RESOLUTION_LOW'),
    {
      feature: 'Fields that only generationConfig has',
      profile: {
        live: { generationConfig: { presencePenalty: 0.5, stopSequences: ['end'], temperature: 0.4 } },
      },
      setup: { generationConfig: { presencePenalty: 0.5, stopSequences: ['end'], temperature: 0.4 } },
      room: [],
    },
    {
      feature: 'Token usage',
      ask: 'Hello.',
      room: [
        {
          event: {
            type: 'usage',
            turn: 1,
            prompt: '<tokens>',
            response: '<tokens>',
            total: '<tokens>',
            byModality: { prompt: { TEXT: '<tokens>' }, response: { AUDIO: '<tokens>' } },
            session: { total: '<tokens>', byModality: { response: { AUDIO: '<tokens>' } } },
          },
        },
      ],
    },
    {
      feature: 'Labels',
      profile: { live: { labels: { team: 'support' } } },
      setup: { labels: { team: 'support' } },
      room: [],
    },
    {
      feature: 'Avatar',
      profile: { live: { avatarConfig: { avatarName: 'ada' } } },
      setup: { avatarConfig: { avatarName: 'ada' } },
      room: [],
    },
    {
      feature: 'Another version of the API',
      profile: { apiVersion: 'v1alpha' },
      version: 'v1alpha',
      room: [],
    },
    {
      feature: 'A model of before, still asked for',
      profile: { model: NATIVE },
      room: [{ warning: `its successor is ${LIVE}` }],
    },
    {
      feature: 'A turn that the service breaks off',
      acts: [
        {
          service: {
            fault: 'send',
            message: { serverContent: { turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' } },
          },
          words: 'the service rejects the answer',
        },
      ],
      room: [{ event: { type: 'error', code: 'RESPONSE_REJECTED', fatal: false } }],
    },
  ],
};
