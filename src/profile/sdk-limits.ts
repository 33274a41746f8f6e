// Refuses fields on which @google/genai 2.32 throws while it connects.

import type { Findings } from './findings.js';
import type { Profile } from './profile.js';

const VERTEX_ONLY = 'is only supported by Vertex AI';
const GEMINI_ONLY = 'is not supported by Vertex AI';

const VERTEX_TOOLS = ['retrieval', 'enterpriseWebSearch', 'exaAiSearch', 'parallelAiSearch'] as const;
/** Fields of tools that both APIs have, accepted by Vertex AI only. */
const VERTEX_TOOL_FIELDS = {
  googleSearch: ['blockingConfidence', 'excludeDomains'],
  googleMaps: ['groundingTypes'],
} as const;
const GOOGLE_MAPS_AUTH = [
  'apiKeyConfig',
  'authType',
  'googleServiceAccountConfig',
  'httpBasicAuthConfig',
  'oauthConfig',
  'oidcConfig',
] as const;

export function sdkFindings({ live }: Profile, vertex: boolean, findings: Findings): void {
  if (vertex) vertexFindings(live, findings);
  else geminiFindings(live, findings);
}

function geminiFindings(live: Profile['live'], findings: Findings): void {
  const refuse = (path: string, value: unknown) => {
    if (value !== undefined) findings.refuse(path, VERTEX_ONLY);
  };
  refuse('live.explicitVadSignal', live.explicitVadSignal);
  refuse('live.sessionResumption.transparent', live.sessionResumption?.transparent);
  for (const [index, setting] of (live.safetySettings ?? []).entries()) {
    refuse(`live.safetySettings[${index}].method`, setting.method);
  }
  if (live.safetySettings !== undefined) {
    findings.warn(
      'live.safetySettings is reported to be refused by the Gemini API with 1007; Vertex AI takes it',
    );
  }
  for (const [index, entry] of (live.tools ?? []).entries()) {
    const path = `live.tools[${index}]`;
    for (const name of VERTEX_TOOLS) refuse(`${path}.${name}`, entry[name]);
    for (const [tool, fields] of Object.entries(VERTEX_TOOL_FIELDS)) {
      const inner = entry[tool as keyof typeof VERTEX_TOOL_FIELDS];
      for (const field of fields) refuse(`${path}.${tool}.${field}`, inner?.[field]);
    }
    const auth = entry.googleMaps?.authConfig;
    if (typeof auth !== 'object' || auth === null) continue;
    for (const field of GOOGLE_MAPS_AUTH) {
      refuse(`${path}.googleMaps.authConfig.${field}`, (auth as Readonly<Record<string, unknown>>)[field]);
    }
  }
}

function vertexFindings(live: Profile['live'], findings: Findings): void {
  if (live.generationConfig?.enableEnhancedCivicAnswers !== undefined) {
    findings.refuse('live.generationConfig.enableEnhancedCivicAnswers', GEMINI_ONLY);
  }
  if (live.speechConfig?.voiceConfig?.replicatedVoiceConfig?.consentAudio !== undefined) {
    findings.refuse('live.speechConfig.voiceConfig.replicatedVoiceConfig.consentAudio', GEMINI_ONLY);
  }
  if (live.speechConfig?.voiceConfig?.replicatedVoiceConfig?.voiceConsentSignature !== undefined) {
    findings.refuse('live.speechConfig.voiceConfig.replicatedVoiceConfig.voiceConsentSignature', GEMINI_ONLY);
  }
  for (const [index, entry] of (live.tools ?? []).entries()) {
    for (const name of ['mcpServers', 'fileSearch'] as const) {
      if (entry[name] !== undefined) findings.refuse(`live.tools[${index}].${name}`, GEMINI_ONLY);
    }
  }
}
