// Features: the voice, its language, and what is heard and written of speech.
import { type FeatureGroup, HALF_CASCADE, LIVE, NATIVE, TRANSCRIBE, TRANSLATE } from './feature.js';

const speech = { realtimeInput: { audio: { data: '…', mimeType: 'audio/pcm;rate=16000' } } };
const prebuilt = (voiceName: string) => ({ voiceConfig: { prebuiltVoiceConfig: { voiceName } } });

export const VOICE: FeatureGroup = {
  title: 'Voice and language',
  features: [
    {
      feature: 'Answers in audio',
      profile: { modality: 'audio' },
      setup: { generationConfig: { responseModalities: ['AUDIO'] } },
      ask: 'Speak to me.',
      model: [{ wait: 300 }, { say: 'I am speaking now.' }],
      room: [
        { state: 'thinking' },
        { event: { type: 'turn', turn: 1, phase: 'started' } },
        { event: { type: 'latency', turn: 1, firstAudioToPublishedMs: '<ms>' } },
        { event: { type: 'turn', turn: 1, phase: 'generated' } },
        { state: 'speaking' },
        { voice: true },
        { event: { type: 'turn', turn: 1, phase: 'completed', playedMs: '<ms>' } },
        { state: 'listening' },
      ],
    },
    {
      feature: 'Voice',
      profile: { voice: 'Kore' },
      setup: { generationConfig: { speechConfig: prebuilt('Kore') } },
      ask: 'Speak as Kore.',
      model: [{ say: 'This is another voice.' }],
      room: [{ voice: { name: 'Kore', hz: 260 } }],
    },
    {
      feature: 'Voice, under Google’s name',
      profile: { live: { speechConfig: prebuilt('Leda') } },
      setup: { generationConfig: { speechConfig: prebuilt('Leda') } },
      ask: 'Speak as Leda.',
      model: [{ say: 'This is another voice.' }],
      room: [{ voice: { name: 'Leda', hz: 350 } }],
    },
    {
      feature: 'A voice of one’s own',
      profile: {
        live: {
          speechConfig: {
            voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/wav', voiceSampleAudio: 'UklGRg==' } },
          },
        },
      },
      setup: {
        generationConfig: {
          speechConfig: {
            voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/wav', voiceSampleAudio: 'UklGRg==' } },
          },
        },
      },
      ask: 'Speak as I do.',
      model: [{ say: 'This is your own voice.' }],
      room: [{ voice: true }],
    },
    {
      feature: 'Language, on a model that takes one',
      profile: { model: HALF_CASCADE, language: 'fr-CA', voice: 'Kore' },
      setup: { generationConfig: { speechConfig: { ...prebuilt('Kore'), languageCode: 'fr-CA' } } },
      ask: 'Bonjour.',
      model: [{ say: 'Bonjour, comment allez-vous?' }],
      room: [{ agent: 'Bonjour, comment allez-vous?' }],
    },
    {
      feature: 'Language of native audio',
      profile: { model: NATIVE, live: { speechConfig: { languageCode: 'de-DE' } } },
      setup: { generationConfig: { speechConfig: { languageCode: 'de-DE' } } },
      ask: 'Guten Tag.',
      model: [{ say: 'Guten Tag.' }],
      room: [{ agent: 'Guten Tag.' }],
    },
    {
      feature: 'Language, on a model that chooses by itself',
      profile: { language: 'de-DE', instructions: 'Answer in German.' },
      setup: { systemInstruction: { parts: [{ text: 'Answer in German.' }], role: 'user' } },
      room: [{ warning: 'language is not sent' }],
    },
  ],
};

export const HEARING: FeatureGroup = {
  title: 'Speech and what is written of it',
  features: [
    {
      feature: 'Audio in, and transcription both ways',
      sound: true,
      setup: { inputAudioTranscription: {}, outputAudioTranscription: {} },
      acts: [{ clip: 'goforward' }],
      client: [speech],
      room: [
        { event: { type: 'speech', participant: '<identity>', phase: 'started' } },
        { event: { type: 'speech', participant: '<identity>', phase: 'ended' } },
        { person: 'go forward ten meters' },
        { agent: '' },
        { event: { type: 'latency', turn: 1, endOfSpeechToAudioMs: '<ms>' } },
        { voice: true },
      ],
    },
    {
      feature: 'Transcription by languages and words that help it (custom vocabulary)',
      profile: {
        live: {
          inputAudioTranscription: { languageCodes: ['en-US'], customVocabulary: ['LiveKit'] },
          outputAudioTranscription: { languageCodes: ['en-US'] },
        },
      },
      setup: {
        inputAudioTranscription: { languageCodes: ['en-US'], customVocabulary: ['LiveKit'] },
        outputAudioTranscription: { languageCodes: ['en-US'] },
      },
      acts: [{ clip: 'goforward' }],
      room: [{ person: 'go forward ten meters' }],
    },
    {
      feature: 'Early guesses at what is being said',
      profile: { live: { realtimeInputConfig: { interimTranscriptTimestampEnabled: true } } },
      setup: { realtimeInputConfig: { interimTranscriptTimestampEnabled: true } },
      acts: [
        { untilHeard: true },
        {
          service: {
            fault: 'send',
            message: { serverContent: { interimInputTranscription: { text: 'go for' } } },
          },
          words: 'speech',
        },
      ],
      room: [{ interim: 'go for' }],
    },
    {
      feature: 'Captions kept from the room',
      profile: { captions: { user: false, agent: false } },
      setup: { inputAudioTranscription: {}, outputAudioTranscription: {} },
      ask: 'Say something that nobody reads.',
      model: [{ say: 'Nobody reads this.' }],
      room: [{ event: { type: 'turn', turn: 1, phase: 'completed' } }, { never: { caption: 'any' } }],
    },
    {
      feature: 'Translation',
      profile: {
        model: TRANSLATE,
        live: { translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: false } },
      },
      setup: {
        generationConfig: { translationConfig: { targetLanguageCode: 'pl', echoTargetLanguage: false } },
      },
      acts: [{ clip: 'goforward' }],
      room: [{ person: 'go forward ten meters' }, { agent: '' }, { voice: true }],
    },
    {
      feature: 'Transcription alone',
      profile: {
        model: TRANSCRIBE,
        modality: 'text',
        live: { inputAudioTranscription: { mode: 'VERBATIM' } },
      },
      setup: { inputAudioTranscription: { mode: 'VERBATIM' } },
      acts: [{ clip: 'goforward' }],
      room: [{ person: 'go forward ten meters' }, { never: { type: 'turn' } }],
    },
    {
      feature: 'A microphone that is muted, on a model with audioStreamEnd',
      profile: { model: NATIVE },
      sound: true,
      acts: [
        { speakMs: 600 },
        { until: { event: { type: 'speech', participant: '<identity>', phase: 'started' } } },
        { mute: true },
      ],
      client: [speech, { realtimeInput: { audioStreamEnd: true } }],
      room: [{ state: 'listening' }],
    },
    {
      feature: 'The same on 3.8, which hears a pause instead',
      profile: { model: LIVE },
      sound: true,
      acts: [
        { clip: 'goforward' },
        { until: { event: { type: 'speech', participant: '<identity>', phase: 'started' } } },
        { mute: true },
      ],
      client: [speech],
      room: [{ event: { type: 'speech', participant: '<identity>', phase: 'ended' } }],
    },
  ],
};
