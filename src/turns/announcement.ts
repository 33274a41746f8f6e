// Waits until the model's words before an action were heard, for example that it transfers the call.

/** How long the words are awaited when the model has called the tool before it spoke. */
const FOR_WORDS_MS = 4_000;
/** Words that take longer do not delay the action further. */
const AT_MOST_MS = 20_000;

export type AnnouncementEnd = 'heard' | 'interrupted';

export class Announcement {
  #isSpeaking = false;
  readonly #waiting = new Set<(change: 'speaking' | 'silent' | 'interrupted') => void>();

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** Whether the model's voice is audible. */
  speaking(speaking: boolean): void {
    if (speaking === this.#isSpeaking) return;
    this.#isSpeaking = speaking;
    for (const notify of [...this.#waiting]) notify(speaking ? 'speaking' : 'silent');
  }

  /** A person has interrupted the words. */
  interrupted(): void {
    for (const notify of [...this.#waiting]) notify('interrupted');
  }

  /**
   * Resolves when the voice is silent: at once, or after the words that are being heard.
   *
   * @param awaitWords whether words that have not begun are waited for
   * @throws the signal's reason
   */
  async heard(awaitWords: boolean, signal: AbortSignal): Promise<AnnouncementEnd> {
    signal.throwIfAborted();
    if (!this.#isSpeaking && !awaitWords) return 'heard';
    return new Promise((resolve, reject) => {
      const end = (result: AnnouncementEnd): void => {
        release();
        resolve(result);
      };
      const onAbort = (): void => {
        release();
        reject(signal.reason);
      };
      const notify = (change: 'speaking' | 'silent' | 'interrupted'): void => {
        if (change === 'interrupted') end('interrupted');
        else if (change === 'silent') end('heard');
        else clearTimeout(first);
      };
      const release = (): void => {
        clearTimeout(first);
        clearTimeout(limit);
        this.#waiting.delete(notify);
        signal.removeEventListener('abort', onAbort);
      };
      const first = this.#isSpeaking ? undefined : setTimeout(() => end('heard'), FOR_WORDS_MS);
      const limit = setTimeout(() => end('heard'), AT_MOST_MS);
      this.#waiting.add(notify);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
