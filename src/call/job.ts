// A job: the room, its token and metadata, and the signal that ends the call. Adapters make one from a worker's job.
/** One call to run: the room, how to join it, its metadata, and how the call ends. */
export interface Job {
  readonly room: string;
  readonly url: string;
  readonly token: string;
  /** The dispatch's metadata: a partial profile as JSON, or empty. */
  readonly metadata: string;
  /** Aborted when the worker wants the call to end. */
  readonly signal: AbortSignal;
  /** Reports that the call is over; `failed` marks the job as failed. */
  end(reason: string, failed?: boolean): void;
}
