// The type of a model's row: everything in which models differ in the protocol.

export interface ModelRow {
  readonly name: string;
  /** Google's endpoint serves it no longer (or only Vertex AI does); served here unless `retired` is `refuse`. */
  readonly retired: boolean;
  readonly modalities: readonly ('AUDIO' | 'TEXT')[];
  /** What a session gets that names no modality. */
  readonly defaultModality: 'AUDIO' | 'TEXT';
  /** How thinkingConfig may look. `refused`: any is an error; `required`: exactly one of level and budget. */
  readonly thinking: 'refused' | 'budget' | 'level' | 'required';
  readonly tools: {
    readonly behaviors: readonly ('BLOCKING' | 'NON_BLOCKING')[];
    readonly defaultBehavior: 'BLOCKING' | 'NON_BLOCKING';
    /** The effect of `scheduling` in a function response. `refused`: it ends the session. */
    readonly scheduling: 'heeded' | 'ignored' | 'refused';
    /** Whether a response with `willContinue` keeps the call open. If not, later responses are ignored. */
    readonly continues: boolean;
    /** Whether a call that an interruption dropped is made again, under a new id, when the user has spoken. */
    readonly reissues: boolean;
    /** Whether calls that an interruption drops are listed in a toolCallCancellation. */
    readonly cancellation: boolean;
    /** Whether the model writes a call down as code before it makes it. */
    readonly codeBeforeCall: boolean;
    /** What a text does while a blocking call waits: `waits` for the response and its answer, or `cancels` the call. */
    readonly textDuringCall: 'waits' | 'cancels';
    /** How long the turn of a non-blocking call goes on to wait for its response. */
    readonly nonBlockingWaitMs: number;
    readonly search: boolean;
    readonly codeExecution: boolean;
    readonly urlContext: boolean;
  };
  /** `seed`: only before the first turn, with historyConfig. `none`: this model hears speech and nothing else. */
  readonly clientContent: 'always' | 'seed' | 'none';
  /** Whether instructions and tools may change in a session. */
  readonly contextUpdate: boolean;
  /** The effect of `mediaChunks`, the media of older SDKs. `ignored`: no error, only a log line. */
  readonly mediaChunks: 'taken' | 'ignored' | 'refused';
  /** `field`: `proactivity` may be given (on v1alpha); `always`: it is on, the field is an error. */
  readonly proactivity: 'field' | 'always' | 'none';
  readonly affectiveDialog: boolean;
  /** `once`: one update after setup; `periodic`: about one a second, not resumable while the model is at work. */
  readonly resumption: 'once' | 'periodic';
  /** Whether updates come without having been asked for. */
  readonly resumptionUnasked: boolean;
  readonly voiceActivity: boolean;
  readonly interactionStatus: boolean;
  /** Whether it ends an utterance. Where not, only silence does. */
  readonly audioStreamEnd: boolean;
  /** Whether interim transcripts come with every input transcription, or only when asked for. */
  readonly interimTranscripts: 'always' | 'asked';
  /** Whether usage is sent each second in which audio comes, not only with each turn. */
  readonly usageEverySecond: boolean;
  /** Whether an empty `{}` or an empty serverContent is sent sometimes. */
  readonly strayFrames: boolean;
  readonly turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY' | 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO';
  /** Silence that ends an utterance when the client sets no silenceDurationMs. */
  readonly silenceMs: number;
  /** Duration of the chunks after the first, a multiple of 40. */
  readonly chunkMs: number;
  readonly contextTokens: number;
  /** A session's life where it is shorter than that of other models. */
  readonly sessionMs?: number;
  /** The kind of answer. */
  readonly task: 'converse' | 'transcribe' | 'translate';
}
