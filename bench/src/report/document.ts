// Puts the report between its markers in a document, and leaves the rest as it is.
export interface Markers {
  readonly start: string;
  readonly end: string;
}

export const START = '<!-- bench:start -->';
export const END = '<!-- bench:end -->';
const BENCH: Markers = { start: START, end: END };
export const DENSITY: Markers = { start: '<!-- density:start -->', end: '<!-- density:end -->' };

/** @throws when the markers are not there, each once and in their order */
export function withReport(document: string, report: string, markers: Markers = BENCH): string {
  const start = document.indexOf(markers.start);
  const end = document.indexOf(markers.end);
  const isOnce = (marker: string): boolean => document.split(marker).length === 2;
  if (!isOnce(markers.start) || !isOnce(markers.end) || end < start) {
    throw new Error(`the document needs ${markers.start} and, after it, ${markers.end}, each once`);
  }
  return `${document.slice(0, start + markers.start.length)}\n\n${report.trim()}\n\n${document.slice(end)}`;
}
