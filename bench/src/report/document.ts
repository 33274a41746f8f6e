// Puts the report between its markers in a document, and leaves the rest as it is.
export const START = '<!-- bench:start -->';
export const END = '<!-- bench:end -->';

/** @throws when the markers are not there, each once and in their order */
export function withReport(document: string, report: string): string {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  const isOnce = (marker: string): boolean => document.split(marker).length === 2;
  if (!isOnce(START) || !isOnce(END) || end < start) {
    throw new Error(`the document needs ${START} and, after it, ${END}, each once`);
  }
  return `${document.slice(0, start + START.length)}\n\n${report.trim()}\n\n${document.slice(end)}`;
}
