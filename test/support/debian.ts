// Programs that tests need and npm does not have: found on the PATH, or installed where that is allowed, by root with apt.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const INSTALL_MS = 180_000;

/** @param packageName where it is not the program's */
export function debianProgram(name: string, packageName = name): string {
  const install = `apt-get install -y --no-install-recommends ${packageName}`;
  const found = onPath(name);
  if (found) return found;
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    // Debian's packages of services start them at once, but not in a system that is being set up.
    const noService = 'RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive';
    execFileSync('sh', ['-c', `apt-get update && ${noService} ${install}`], {
      stdio: 'ignore',
      timeout: INSTALL_MS,
    });
    const installed = onPath(name);
    if (installed) return installed;
  }
  throw new Error(`these tests need ${name}: run \`${install}\`, or put ${name} on the PATH`);
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
