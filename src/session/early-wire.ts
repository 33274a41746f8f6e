// The first connection of a call, opened while the agent still joins the room: the set-up takes about as long as that.
import type { OpenWire, Wire, WireListener } from './wire.js';

type Opening = Parameters<OpenWire>[0];

export class EarlyWire {
  readonly #open: OpenWire;
  readonly #opening: Opening;
  readonly #wire: Wire;
  /** What the service has sent before the session listens, in order. */
  readonly #held: ((listener: WireListener) => void)[] = [];
  #listener: WireListener | undefined;
  #isTaken = false;

  constructor(open: OpenWire, opening: Opening) {
    this.#open = open;
    this.#opening = opening;
    const pass = (report: (listener: WireListener) => void): void => {
      if (this.#listener) report(this.#listener);
      else this.#held.push(report);
    };
    this.#wire = open(opening, {
      onReady: () => pass((listener) => listener.onReady()),
      onEvent: (event) => pass((listener) => listener.onEvent(event)),
      onClose: (info) => pass((listener) => listener.onClose(info)),
    });
  }

  /** Answers the first use with the connection that exists, if it is asked for the same; every other opens a new one. */
  readonly openWire: OpenWire = (opening, listener) => {
    const isFirst = !this.#isTaken;
    this.#isTaken = true;
    if (!isFirst) return this.#open(opening, listener);
    if (!isSame(opening, this.#opening)) {
      void this.#wire.close();
      return this.#open(opening, listener);
    }
    // After the session has stored its connection: it ignores what comes from any other.
    queueMicrotask(() => {
      for (const report of this.#held) report(listener);
      this.#listener = listener;
    });
    return this.#wire;
  };

  /** Closes a connection that no session has taken. */
  close(): void {
    if (this.#isTaken) return;
    this.#isTaken = true;
    void this.#wire.close();
  }
}

function isSame(a: Opening, b: Opening): boolean {
  return a.handle === b.handle && a.seed === b.seed && a.profile === b.profile;
}
