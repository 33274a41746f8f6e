// Keeps other output than a command's lines off standard output.

/**
 * Runs an import of rtc-node, whose logger takes standard output's file descriptor when it is made
 * and has no other setting for it. Its lines then go to standard error, and only from warnings on.
 */
export async function withLogsOnStandardError<T>(load: () => Promise<T>): Promise<T> {
  const { stderr, env } = process;
  const stdout: { fd: number } = process.stdout;
  const { fd } = stdout;
  const mode = env.NODE_ENV;
  stdout.fd = stderr.fd;
  env.NODE_ENV = 'production';
  try {
    return await load();
  } finally {
    stdout.fd = fd;
    if (mode === undefined) delete env.NODE_ENV;
    else env.NODE_ENV = mode;
  }
}
