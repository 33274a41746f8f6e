// Tells a network that is not there from other failures, in the words of npm, Go and pip.

const signs = [
  /\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/,
  /dial tcp|no such host|i\/o timeout|TLS handshake timeout/,
  /Failed to establish a new connection|Temporary failure in name resolution|NewConnectionError|ConnectTimeoutError|Connection to .* timed out/,
];

/**
 * Who could not be reached, in words, when that is why a command failed; undefined when it failed otherwise.
 * @param {string} output what npm, Go or pip has said
 * @param {string} whom what they wanted to reach, where the output does not name it
 */
export function unreachable(output, whom) {
  if (!signs.some((sign) => sign.test(output))) return undefined;
  // A registry's address may contain a password: only its host is printed.
  const host = output.match(/https?:\/\/(?:[^\s/@]*@)?([^\s/:"'@]+(?::\d+)?)/)?.[1];
  return host ? `${whom} (${host})` : whom;
}
