// Warns about profile fields that are accepted and have no effect yet. docs/troubleshooting.md lists them.

import type { Findings } from './findings.js';
import type { Profile } from './profile.js';

export function notImplementedFindings({ listen }: Profile, findings: Findings): void {
  if (listen.screenAudio && listen.policy === 'push-to-talk') {
    findings.warn('listen.screenAudio has no effect with listen.policy "push-to-talk"');
  }
}
