// How people and the agent are called on the page.

/** @param names by identity: of those whom the page knows, itself among them */
export function nameOf(identity: string, names: ReadonlyMap<string, string>): string {
  return names.get(identity) ?? (isAgentIdentity(identity) ? 'Agent' : identity);
}

/** No token of ours is given out for such an identity but to agents. */
export function isAgentIdentity(identity: string): boolean {
  return /^agent(-|$)/.test(identity);
}

/** Random letters and digits. `crypto.randomUUID` is missing on a page that comes by plain http from another machine. */
export function randomName(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
}
