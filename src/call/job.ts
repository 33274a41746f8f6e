// One call, as the bridge sees it: which room, with what, and for how long. Who runs it is an adapter's business.
export interface Job {
  readonly room: string;
  readonly url: string;
  readonly token: string;
  /** The dispatch's metadata: a partial profile as JSON, or empty. */
  readonly metadata: string;
  /** Aborted when the worker wants the call to end. */
  readonly signal: AbortSignal;
  /** Tells the runner that the call is over; `failed` marks the job as failed. */
  end(reason: string, failed?: boolean): void;
}
