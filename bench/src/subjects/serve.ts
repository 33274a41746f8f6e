// The child's side of a subject: executes commands of the measuring process, among them one that blocks its loop.
import { dispose } from '@livekit/rtc-node';
import type { Order, Report, Settings } from './messages.js';
import { Recorder } from './recorder.js';

/** Joins and bridges; resolves once that works, with what ends it. */
export type RunSubject = (settings: Settings) => Promise<() => Promise<void>>;

export function serve(run: RunSubject): void {
  const recorder = new Recorder();
  let leave: () => Promise<void> = async () => {};

  const obey = async (order: Order): Promise<void> => {
    switch (order.type) {
      case 'start':
        leave = await run(order.settings);
        tell({ type: 'ready' });
        return;
      case 'block':
        block(order.durationMs);
        tell({ type: 'blocked' });
        return;
      case 'profile':
        await recorder.start();
        tell({ type: 'profiling' });
        return;
      case 'stop-profile':
        tell({ type: 'profiled', profiles: await recorder.stop() });
        return;
      case 'leave':
        await leave();
        await dispose();
        process.exit(0);
    }
  };

  process.on('message', (order: Order) => {
    obey(order).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
  // The measuring process has ended, so no command to leave will come.
  process.on('disconnect', () => process.exit(1));
}

function tell(report: Report): void {
  process.send?.(report);
}

/** Waits without turning the loop and without using a core, which others are measured on. */
function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
