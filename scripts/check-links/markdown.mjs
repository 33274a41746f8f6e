// The links and the anchors of a Markdown text, as GitHub makes them.

/**
 * The relative links, with their lines. Code is left out, and so is what leads elsewhere.
 * @param {string} text
 * @returns {{ target: string, line: number }[]}
 */
export function linksOf(text) {
  return proseLines(text).flatMap(({ content, line }) => {
    const prose = content.replace(/`[^`]*`/g, '');
    const inline = [...prose.matchAll(/\]\(\s*<?([^\s)>]+)>?[^)]*\)/g)];
    const defined = [...prose.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)>?/g)];
    const embedded = [...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)];
    return [...inline, ...defined, ...embedded]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target))
      .map((target) => ({ target, line }));
  });
}

/**
 * The anchors of the headings: lower case, without punctuation, blanks as hyphens, repeated ones numbered.
 * @param {string} text
 * @returns {Set<string>}
 */
export function anchorsOf(text) {
  /** @type {Set<string>} */
  const anchors = new Set();
  for (const { content } of proseLines(text)) {
    for (const [, name = ''] of content.matchAll(/<a\s+(?:id|name)="([^"]+)"/g))
      anchors.add(name.toLowerCase());
    const heading = content.match(/^#{1,6}\s+(.*?)\s*#*\s*$/)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '').replace(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The lines outside of fenced code. @param {string} text */
function proseLines(text) {
  /** @type {string | undefined} */
  let fence;
  return text.split(/\r?\n/).flatMap((content, index) => {
    const mark = content.match(/^\s*(```+|~~~+)/)?.[1];
    if (mark && fence === undefined) {
      fence = mark;
      return [];
    }
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return [];
    }
    return [{ content, line: index + 1 }];
  });
}
