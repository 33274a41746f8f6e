// The turns on one axis, to zoom into, with how long was waited, and the tokens and what they cost so far.
import { useEffect, useRef, useState } from 'react';
import type { CallLog } from '../call/log-types.js';
import { median, stepOf, type TimelineRow, timelineOf } from '../call/timeline.js';

const ROW_PX = 30;
const AXIS_PX = 22;
const MIN_ZOOM = 0.5;
const MAX_ZOOM = 200;

// biome-ignore lint/style/noDefaultExport: loaded when it is looked at
export default function TimelinePanel({
  log,
  names,
}: {
  readonly log: CallLog;
  readonly names: ReadonlyMap<string, string>;
}) {
  const now = useNow();
  const [zoom, setZoom] = useState(12);
  const rows = timelineOf(log, names, now);
  const waits = log.turns.flatMap(({ waitMs }) => (waitMs === undefined ? [] : [waitMs]));
  const middle = median(waits);
  const cost = log.tokensAt.at(-1)?.cost;
  return (
    <div className="timeline">
      <section>
        <div className="section-head">
          <h2>Turns</h2>
          <div className="buttons">
            <button type="button" className="quiet" onClick={() => setZoom(Math.max(MIN_ZOOM, zoom / 1.6))}>
              Zoom out
            </button>
            <button type="button" className="quiet" onClick={() => setZoom(Math.min(MAX_ZOOM, zoom * 1.6))}>
              Zoom in
            </button>
          </div>
        </div>
        <Chart rows={rows} lengthMs={Math.max(10_000, now - log.startedAt)} zoom={zoom} onZoom={setZoom} />
        <ul className="legend">
          <li data-kind="speech">speech</li>
          <li data-kind="wait">wait</li>
          <li data-kind="answer">answer</li>
          <li data-kind="interrupted">interrupted</li>
          <li data-kind="tool">tool</li>
          <li data-kind="loss">loss</li>
        </ul>
      </section>
      <section className="figures">
        <Figure
          name="Wait for the answer"
          value={middle === undefined ? '–' : `${(middle / 1_000).toFixed(2)} s`}
          note="median"
          points={waits}
          bars
        />
        <Figure
          name="Tokens"
          value={(log.tokens?.total ?? 0).toLocaleString()}
          note="this call"
          points={log.tokensAt.map(({ total }) => total)}
        />
        <Figure
          name="Cost"
          value={cost === undefined ? '–' : `$${cost.toFixed(4)}`}
          note="estimate, list price"
          points={log.tokensAt.map((sums) => sums.cost)}
        />
      </section>
      <TurnTable log={log} />
    </div>
  );
}

interface ChartProps {
  readonly rows: readonly TimelineRow[];
  readonly lengthMs: number;
  /** Pixels for a second. */
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
}

function Chart({ rows, lengthMs, zoom, onZoom }: ChartProps) {
  const box = useRef<HTMLElement>(null);
  const follows = useRef(true);
  const width = Math.ceil((lengthMs / 1_000) * zoom) + 40;
  const height = rows.length * ROW_PX + AXIS_PX;
  const x = (ms: number): number => (ms / 1_000) * zoom;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves as the call goes on
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollLeft = box.current.scrollWidth;
  }, [width]);
  useEffect(() => {
    const { current } = box;
    // React's own wheel listeners cannot prevent the page from being zoomed.
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      onZoom(Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15))));
    };
    current?.addEventListener('wheel', wheel, { passive: false });
    return () => current?.removeEventListener('wheel', wheel);
  }, [zoom, onZoom]);
  const step = stepOf(zoom);
  const marks = Array.from({ length: Math.floor(lengthMs / 1_000 / step) + 1 }, (_, index) => index * step);
  return (
    <div className="chart">
      <ul className="row-names" aria-hidden="true">
        {rows.map(({ name }) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
      <section
        ref={box}
        className="chart-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        aria-label="Timeline; Control and the wheel zoom"
        onScroll={({ currentTarget: { scrollLeft, scrollWidth, clientWidth } }) => {
          follows.current = scrollWidth - scrollLeft - clientWidth < 40;
        }}
      >
        <svg
          width={width}
          height={height}
          role="img"
          aria-label="Speech, waits, answers, tools and losses over time"
        >
          {marks.map((second) => (
            <g key={second} className="mark-line">
              <line x1={x(second * 1_000)} x2={x(second * 1_000)} y1={0} y2={height - AXIS_PX + 4} />
              <text x={x(second * 1_000) + 4} y={height - 6}>
                {axisLabel(second)}
              </text>
            </g>
          ))}
          {rows.map(({ name, spans }, row) =>
            spans.map(({ fromMs, toMs, kind, label }) => (
              <rect
                key={`${name}-${fromMs}-${kind}`}
                data-kind={kind}
                x={x(fromMs)}
                y={row * ROW_PX + 6}
                width={Math.max(2, x(toMs) - x(fromMs))}
                height={ROW_PX - 12}
                rx={4}
              >
                <title>{`${name} ${label}: ${((toMs - fromMs) / 1_000).toFixed(2)} s`}</title>
              </rect>
            )),
          )}
        </svg>
      </section>
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly points: readonly number[];
  readonly bars?: boolean;
}

function Figure({ name, value, note, points, bars = false }: FigureProps) {
  const shown = points.slice(-40);
  const top = Math.max(...shown) || 1;
  const step = 160 / Math.max(1, shown.length - (bars ? 0 : 1));
  const line = shown.map((point, index) => `${index * step},${40 - (point / top) * 36}`).join(' ');
  return (
    <div className="figure">
      <h3>{name}</h3>
      <p>
        <strong>{value}</strong> <span className="muted">{note}</span>
      </p>
      {shown.length > 1 && (
        <svg viewBox="0 0 160 42" aria-hidden="true" preserveAspectRatio="none">
          {bars ? (
            shown.map((point, index) => {
              const height = (point / top) * 38;
              return (
                <rect
                  // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
                  key={index}
                  x={index * step}
                  y={40 - height}
                  width={Math.max(1, step - 2)}
                  height={height}
                  rx={1.5}
                />
              );
            })
          ) : (
            <polyline points={line} />
          )}
        </svg>
      )}
    </div>
  );
}

function TurnTable({ log }: { readonly log: CallLog }) {
  if (log.turns.length === 0) return <p className="muted">No turn so far.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section className="table-scroll" tabIndex={0} aria-label="Turns as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Turn</th>
            <th scope="col">Outcome</th>
            <th scope="col">Wait</th>
            <th scope="col">Heard</th>
            <th scope="col">Tokens</th>
          </tr>
        </thead>
        <tbody>
          {[...log.turns].reverse().map(({ call, turn, phase, waitMs, playedMs, tokens }) => (
            <tr key={`${call}-${turn}`}>
              <th scope="row">{turn}</th>
              <td>{phase}</td>
              <td>{seconds(waitMs)}</td>
              <td>{seconds(playedMs)}</td>
              <td>{tokens ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1_000).toFixed(2)} s`;
}

function axisLabel(second: number): string {
  if (second < 60) return `${second} s`;
  return `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, '0')}`;
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return now;
}
