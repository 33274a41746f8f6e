// The example profiles of the repository, as they stand there, without the line that is for other editors.

const FILES = import.meta.glob<string>('../../../examples/profiles/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** By name, as `assistant`. */
export const EXAMPLES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(FILES).map(([path, text]) => [
    path.replace(/^.*\/|\.json$/g, ''),
    text.replace(/^\s*"\$schema":[^\n]*\n/m, ''),
  ]),
);
