// Checks a profile's tools against the model's capabilities: built-in tools, function behavior and scheduling.

import type { Capabilities, ReadonlyRow } from '../capabilities/schema.js';
import { builtInTools } from './built-in-tools.js';
import type { Findings } from './findings.js';
import type { Profile } from './profile.js';

type ServiceTool = keyof NonNullable<Profile['live']['tools']>[number];

/** Built-in tools of the service that are in the capability table. */
const SERVICE_TOOLS: Partial<Record<ServiceTool, { what: string; has: (row: ReadonlyRow) => boolean }>> = {
  googleSearch: { what: 'does not search', has: ({ tools }) => tools.search },
  googleSearchRetrieval: { what: 'does not search', has: ({ tools }) => tools.search },
  codeExecution: { what: 'does not run code', has: ({ tools }) => tools.codeExecution },
  urlContext: { what: 'does not read addresses', has: ({ tools }) => tools.urlContext },
  googleMaps: { what: 'has no Google Maps', has: ({ tools }) => tools.maps },
};

export function toolFindings(profile: Profile, capabilities: Capabilities, findings: Findings): void {
  functionFindings(profile, capabilities, findings);
  for (const [index, entry] of (profile.live.tools ?? []).entries()) {
    for (const name of Object.keys(entry) as ServiceTool[]) {
      const tool = SERVICE_TOOLS[name];
      if (tool && !tool.has(capabilities))
        findings.lacks(`live.tools[${index}].${name}`, tool.what, tool.has);
    }
  }
}

function functionFindings(profile: Profile, capabilities: Capabilities, findings: Findings): void {
  const { tools } = capabilities;
  if (!tools.functions) {
    const [builtIn] = builtInTools(profile).values();
    const field = profile.tools.length > 0 ? 'tools' : builtIn;
    if (field !== undefined) findings.lacks(field, 'calls no functions', (row) => row.tools.functions);
    return;
  }
  for (const [index, { declaration, scheduling, approveBy }] of profile.tools.entries()) {
    const path = `tools[${index}]`;
    const { behavior } = declaration;
    if (behavior === 'BLOCKING' && !tools.blocking) {
      findings.lacks(`${path}.declaration.behavior`, 'waits for no function', (row) => row.tools.blocking);
    }
    if (behavior === 'NON_BLOCKING' && !tools.nonBlocking) {
      findings.lacks(
        `${path}.declaration.behavior`,
        'waits for every function',
        (row) => row.tools.nonBlocking,
      );
    }
    if (approveBy === 'voice' && (behavior ?? tools.defaultBehavior) === 'BLOCKING') {
      const words = 'waits for this function and could not ask (behavior NON_BLOCKING)';
      findings.lacks(`${path}.approveBy`, words, (row) => row.tools.nonBlocking);
    }
    if (scheduling === undefined) continue;
    if (tools.scheduling === 'none') {
      findings.lacks(`${path}.scheduling`, 'takes no scheduling', (row) => row.tools.scheduling !== 'none');
    } else if ((behavior ?? tools.defaultBehavior) === 'BLOCKING') {
      findings.warn(
        `${path}.scheduling has no effect: ${declaration.name} is a blocking function (set declaration.behavior to NON_BLOCKING)`,
      );
    }
  }
}
