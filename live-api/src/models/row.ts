// What the server knows of a model: everything in which the models differ on the wire.

export interface ModelRow {
  readonly name: string;
  /** Google has shut it down; served here all the same unless the server is told to refuse it. */
  readonly retired: boolean;
  readonly modalities: readonly ('AUDIO' | 'TEXT')[];
  /** What a session gets that names no modality. */
  readonly defaultModality: 'AUDIO' | 'TEXT';
  /** How thinkingConfig may look. `refused`: any is an error; `required`: exactly one of level and budget. */
  readonly thinking: 'refused' | 'budget' | 'level' | 'required';
  readonly tools: {
    readonly behaviors: readonly ('BLOCKING' | 'NON_BLOCKING')[];
    readonly defaultBehavior: 'BLOCKING' | 'NON_BLOCKING';
    /** Whether `scheduling` of a function response is heeded. */
    readonly scheduling: boolean;
    /** Whether calls that an interruption drops are told in a toolCallCancellation. */
    readonly cancellation: boolean;
    /** Whether the model writes a call down as code before it makes it. */
    readonly codeBeforeCall: boolean;
    readonly search: boolean;
    readonly codeExecution: boolean;
    readonly urlContext: boolean;
  };
  /** `seed`: only before the first turn, with historyConfig. */
  readonly clientContent: 'always' | 'seed';
  readonly mediaChunks: boolean;
  /** `field`: `proactivity` may be given (on v1alpha); `always`: it is on, the field is an error. */
  readonly proactivity: 'field' | 'always' | 'none';
  readonly affectiveDialog: boolean;
  /** `once`: one update after setup; `periodic`: about one a second, not resumable while the model is at work. */
  readonly resumption: 'once' | 'periodic';
  /** Whether updates come without having been asked for. */
  readonly resumptionUnasked: boolean;
  readonly voiceActivity: boolean;
  readonly interactionStatus: boolean;
  readonly audioStreamEnd: boolean;
  /** Whether now and then an empty `{}` is sent. */
  readonly strayFrames: boolean;
  readonly turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY' | 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO';
  /** Quiet that ends an utterance when the client does not say. */
  readonly silenceMs: number;
  /** Duration of the chunks after the first, a multiple of 40. */
  readonly chunkMs: number;
  readonly contextTokens: number;
  /** What it does with what it hears. */
  readonly task: 'converse' | 'transcribe' | 'translate';
}
