// The interface of an answerer, which generates answers; one instance for each conversation.

export type JsonObject = { readonly [key: string]: unknown };

/** A function that the client declared, as it stands in `setup.tools[].functionDeclarations[]`. */
export interface FunctionDeclaration {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: JsonObject;
  readonly parametersJsonSchema?: unknown;
  readonly behavior?: 'BLOCKING' | 'NON_BLOCKING' | 'UNSPECIFIED';
}

export type Answer =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Parts that are sent before it: executableCode, codeExecutionResult. */
      readonly before?: readonly JsonObject[];
      /** Fields of serverContent that are sent after it: groundingMetadata, urlContextMetadata. */
      readonly after?: JsonObject;
    }
  /** Describe the last picture; the server generates the text. */
  | { readonly kind: 'look' }
  | { readonly kind: 'call'; readonly name: string; readonly args: JsonObject };

export interface Answerer {
  /** Answers an utterance or text, with text or with a call of a declared function. */
  answer(text: string): Answer;
  /** Converts the result of a function into an answer. */
  answerToolResult(name: string, response: JsonObject): string;
  /** Adds a turn to the memory without an answer: restored context, or a turn of a scenario. */
  remember(role: 'user' | 'model', text: string): void;
}

/** Which of the tools that are built into the model the client has declared. */
export interface BuiltInTools {
  readonly search: boolean;
  readonly codeExecution: boolean;
  readonly urlContext: boolean;
}

export interface AnswererOptions {
  readonly declarations: readonly FunctionDeclaration[];
  readonly instructions: string;
  readonly builtIn?: BuiltInTools;
  /** Whether words can be recognised: an empty text is then speech that was not understood. */
  readonly hears?: boolean;
  /** Whether it may answer `look`. */
  readonly sees?: boolean;
}

export type OpenAnswerer = (options: AnswererOptions) => Answerer;
