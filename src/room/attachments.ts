// Which files belong to a text: known when its stream opens, asked for when it is whole.

/** Texts that never come whole must not keep theirs. */
const MOST_TEXTS = 64;

export class Attachments {
  /** By the stream of a text, the streams of its files. */
  readonly #ofText = new Map<string, readonly string[]>();

  keep({
    streamId,
    attachedStreamIds,
  }: {
    readonly streamId: string;
    readonly attachedStreamIds: readonly string[];
  }): void {
    const [oldest] = this.#ofText.keys();
    if (this.#ofText.size >= MOST_TEXTS && oldest !== undefined) this.#ofText.delete(oldest);
    this.#ofText.set(streamId, attachedStreamIds);
  }

  take(streamId: string): readonly string[] {
    const attached = this.#ofText.get(streamId) ?? [];
    this.#ofText.delete(streamId);
    return attached;
  }
}
