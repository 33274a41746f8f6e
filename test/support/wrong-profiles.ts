// Wrong profiles, one fault each: what is wrong with them, and where.

const tool = (fields: object, declaration: object = { name: 'f' }) => ({
  tools: [{ declaration, ...fields }],
});
const parameters = (schema: unknown) => tool({}, { name: 'f', parameters: schema });

export type WrongProfile = readonly [metadata: unknown, path: string, message: string | RegExp];

/** One fault each. */
export const WRONG_PROFILES: readonly WrongProfile[] = [
  [{ voise: 'Puck' }, 'voise', 'is not a known field; did you mean voice?'],
  [{ max_duration_ms: 1 }, 'max_duration_ms', 'is not a known field'],
  [
    { leave: { max_duration_ms: 1 } },
    'leave.max_duration_ms',
    'is not a known field; did you mean maxDurationMs?',
  ],
  [{ captions: { people: true } }, 'captions.people', 'is not a known field; known are user, agent, packets'],
  [{ model: 3 }, 'model', 'must be a string (got a number)'],
  [{ model: 'a?b' }, 'model', 'must be the name of a model, without .. ? or & (got a string)'],
  [{ model: '../secret' }, 'model', 'must be the name of a model, without .. ? or & (got a string)'],
  [{ instructions: '' }, 'instructions', 'must not be empty (got a string)'],
  [{ language: 'English' }, 'language', 'must be a BCP-47 tag such as en-US (got a string)'],
  [{ modality: 'video' }, 'modality', 'must be "audio" or "text" (got a string)'],
  [{ apiVersion: 'beta' }, 'apiVersion', 'must be a version such as v1beta or v1alpha (got a string)'],
  [{ history: {} }, 'history', 'must be a list (got an object)'],
  [
    { history: [{ role: 'system', parts: [{}] }] },
    'history[0].role',
    'must be "user" or "model" (got a string)',
  ],
  [{ history: [{ role: 'user', parts: [] }] }, 'history[0].parts', 'must not be empty (got a list)'],
  [{ tools: [{}] }, 'tools[0].declaration', 'must be an object (got nothing)'],
  [tool({}, { name: '1f' }), 'tools[0].declaration.name', /^must start with a letter or _/],
  [
    tool({}, { name: 'f'.repeat(65) }),
    'tools[0].declaration.name',
    'must have at most 64 characters: it is the name of an RPC method',
  ],
  [
    tool({}, { name: 'f', behaviour: 'BLOCKING' }),
    'tools[0].declaration.behaviour',
    'is not a known field; did you mean behavior?',
  ],
  [
    tool({ run: { by: 'magic' } }),
    'tools[0].run.by',
    'must be "participant", "webhook" or "module" (got a string)',
  ],
  [tool({ run: { by: 'webhook' } }), 'tools[0].run.url', 'must be a string (got nothing)'],
  [
    tool({ run: { by: 'webhook', url: 'file:///etc/passwd' } }),
    'tools[0].run.url',
    'must be an http: or https: address (got a string)',
  ],
  [
    tool({ run: { by: 'module', name: '../x' } }),
    'tools[0].run.name',
    'must be letters, digits, _ or - (got a string)',
  ],
  [
    tool({ timeoutMs: 1.5 }),
    'tools[0].timeoutMs',
    'must be a whole number of milliseconds, 100 to 600000 (got a number)',
  ],
  [
    tool({ scheduling: 'LATER' }),
    'tools[0].scheduling',
    'must be "INTERRUPT", "WHEN_IDLE" or "SILENT" (got a string)',
  ],
  [
    { tools: [{ declaration: { name: 'f' } }, { declaration: { name: 'f' } }] },
    'tools[1].declaration.name',
    'is the name of an earlier tool',
  ],
  [
    { ...tool({}, { name: 'end_call' }), leave: { endCallTool: true } },
    'tools[0].declaration.name',
    'is the built-in tool that leave.endCallTool declares',
  ],
  [parameters([]), 'tools[0].declaration.parameters', 'must be an object (got a list)'],
  [parameters({ type: 'text' }), 'tools[0].declaration.parameters.type', /^must be string, number/],
  [
    parameters({ type: 'null' }),
    'tools[0].declaration.parameters.type',
    'must not be null alone: use nullable',
  ],
  [
    parameters({ type: 'string', anyOf: [{}] }),
    'tools[0].declaration.parameters',
    'must have type or anyOf, not both',
  ],
  [
    parameters({ properties: { a: { item: {} } } }),
    'tools[0].declaration.parameters.properties.a.item',
    "is not part of Google's schema; did you mean items?",
  ],
  [
    parameters({ oneOf: [{}] }),
    'tools[0].declaration.parameters.oneOf',
    /did you mean anyOf|parametersJsonSchema/,
  ],
  [parameters({ $ref: '#' }), 'tools[0].declaration.parameters.$ref', /parametersJsonSchema/],
  [parameters({ items: [] }), 'tools[0].declaration.parameters.items', 'must be a schema, an object'],
  [parameters({ anyOf: {} }), 'tools[0].declaration.parameters.anyOf', 'must be a list of schemas'],
  [
    { listen: { policy: 'all' } },
    'listen.policy',
    'must be "everyone", "floor", "push-to-talk" or "one" (got a string)',
  ],
  [{ listen: { policy: 'one' } }, 'listen.participant', 'must be an identity when listen.policy is "one"'],
  [
    {
      listen: { policy: 'push-to-talk' },
      live: { realtimeInputConfig: { automaticActivityDetection: { disabled: false } } },
    },
    'live.realtimeInputConfig.automaticActivityDetection.disabled',
    /push-to-talk/,
  ],
  [{ see: { framesPerSecond: 30 } }, 'see.framesPerSecond', 'must be at most 4 (got a number)'],
  [{ see: { quality: '75' } }, 'see.quality', 'must be a whole number, 1 to 100 (got a string)'],
  [{ captions: true }, 'captions', 'must be an object (got a boolean)'],
  [{ captions: { user: 'yes' } }, 'captions.user', 'must be true or false (got a string)'],
  [{ events: { to: 'nobody' } }, 'events.to', 'must be "everyone" or a list of identities (got a string)'],
  [{ events: { types: ['turns'] } }, 'events.types[0]', /^must be "session", "turn".*\(got a string\)$/],
  [{ control: { ana: true } }, 'control', 'must be "anyone" or a list of identities (got an object)'],
  [
    { leave: { whenAloneMs: -1 } },
    'leave.whenAloneMs',
    'must be a whole number of milliseconds, 0 to 86400000 (got a number)',
  ],
  [
    { live: { systemInstructions: 'x' } },
    'live.systemInstructions',
    'is not a known field; did you mean systemInstruction?',
  ],
  [
    { live: { systemInstruction: { parts: [{ inlineData: {} }] } } },
    'live.systemInstruction',
    /nothing but text/,
  ],
  [{ live: { responseModalities: ['AUDIO', 'TEXT'] } }, 'live.responseModalities', /^must have one entry/],
  [{ live: { responseModalities: ['VIDEO'] } }, 'live.responseModalities[0]', /^must be "AUDIO" or "TEXT"/],
  [{ live: { httpOptions: {} } }, 'live.httpOptions', /^makes the SDK throw/],
  [{ live: { abortSignal: 1 } }, 'live.abortSignal', /^cannot be written as JSON/],
  [
    { live: { speechConfig: { multiSpeakerVoiceConfig: {} } } },
    'live.speechConfig.multiSpeakerVoiceConfig',
    /one voice/,
  ],
  [{ live: { temperature: 3 } }, 'live.temperature', 'must be at most 2 (got a number)'],
  [
    { live: { contextWindowCompression: { triggerTokens: 'many' } } },
    'live.contextWindowCompression.triggerTokens',
    /^must be a positive whole number/,
  ],
  [
    { live: { generationConfig: { audioTranscriptionConfig: {} } } },
    'live.generationConfig.audioTranscriptionConfig',
    /1007/,
  ],
  [
    { live: { tools: [{ google_search: {} }] } },
    'live.tools[0].google_search',
    'is not a known field; did you mean googleSearch?',
  ],
  [{ capabilities: { thinking: { style: 'deep' } } }, 'capabilities.thinking.style', /^must be "none"/],
];

/** What only the model, or this deployment, makes wrong; and metadata that is no profile. */
export const UNFIT_PROFILES: readonly (readonly [metadata: unknown, path: string])[] = [
  ['{ "voice": "Puck"', 'metadata'],
  ['["voice"]', 'metadata'],
  [JSON.stringify({ instructions: 'x'.repeat(300 * 1024) }), 'metadata'],
  [{ modality: 'text', live: { responseModalities: ['AUDIO'] } }, 'modality'],
  [{ modality: 'text' }, 'modality'],
  [{ voice: 'Pluck' }, 'voice'],
  [
    {
      voice: 'Puck',
      live: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } },
    },
    'voice',
  ],
  [{ model: 'gemini-2.5-flash-native-audio-preview-12-2025', language: 'cmn-CN' }, 'language'],
  [{ live: { thinkingConfig: { thinkingBudget: 512 } } }, 'live.thinkingConfig'],
  [{ live: { tools: [{ codeExecution: {} }] } }, 'live.tools[0].codeExecution'],
  [{ live: { enableAffectiveDialog: true } }, 'live.enableAffectiveDialog'],
  [{ live: { explicitVadSignal: true } }, 'live.explicitVadSignal'],
  [
    { live: { realtimeInputConfig: { turnCoverage: 'TURN_INCLUDES_ALL_INPUT' } } },
    'live.realtimeInputConfig.turnCoverage',
  ],
  [tool({ run: { by: 'webhook', url: 'https://elsewhere.example.com/' } }), 'tools[0].run.url'],
  [tool({ run: { by: 'module', name: 'nowhere' } }), 'tools[0].run.name'],
  [
    { model: 'gemini-3.8-live-extended-thinking', ...tool({}, { name: 'f', behavior: 'BLOCKING' }) },
    'tools[0].declaration.behavior',
  ],
];
