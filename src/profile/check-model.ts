// Checks a profile against the model's capabilities, before a connection is opened.

import type { Capabilities, ReadonlyRow } from '../capabilities/schema.js';
import { CAPABILITY_TABLE } from '../capabilities/table.js';
import { toolFindings } from './check-tools.js';
import { Findings } from './findings.js';
import { nearest } from './nearest.js';
import type { Problem } from './problems.js';
import type { Profile } from './profile.js';
import { sdkFindings } from './sdk-limits.js';

export interface ProfileCheck {
  /** Each names the field, the reason, and the models that support it. Empty: the profile is valid for the model. */
  readonly problems: readonly Problem[];
  /** Settings that are ignored or unusual, and do no harm. */
  readonly warnings: readonly string[];
}

export interface CheckOptions {
  /** Vertex AI accepts other fields than the Gemini API. */
  readonly vertex?: boolean;
}

export function checkProfile(
  profile: Profile,
  capabilities: Capabilities,
  options: CheckOptions = {},
): ProfileCheck {
  const findings = new Findings(capabilities.model);
  const vertex = options.vertex ?? false;
  modelFindings(capabilities, findings);
  speechFindings(profile, capabilities, findings);
  thinkingFindings(profile, capabilities, findings);
  dialogFindings(profile, capabilities, vertex, findings);
  inputFindings(profile, capabilities, findings);
  coverageFindings(profile, capabilities, vertex, findings);
  toolFindings(profile, capabilities, findings);
  sdkFindings(profile, vertex, findings);
  if (profile.listen.announceSpeakers && capabilities.clientContent !== 'any') {
    findings.warn(
      `listen.announceSpeakers has no effect: ${capabilities.model} takes no text that it does not answer`,
    );
  }
  return { problems: findings.problems, warnings: findings.warnings };
}

function modelFindings({ model, known, retired }: Capabilities, findings: Findings): void {
  if (!known) {
    const guess = nearest(model, [...CAPABILITY_TABLE.keys()]);
    const hint = guess ? `; did you mean ${guess}?` : '';
    findings.warn(`${model} is not in the capability table: nothing that it is asked for is checked${hint}`);
  }
  if (retired) {
    const { since, successor, confirmed } = retired;
    const fate = confirmed ? `was retired on ${since}` : `is reported to be retired since ${since}`;
    findings.warn(`${model} ${fate}: its successor is ${successor}`);
  }
}

function speechFindings(profile: Profile, capabilities: Capabilities, findings: Findings): void {
  const { modality, voice, language } = profile;
  if (!capabilities.modalities.includes(modality)) {
    findings.lacks('modality', `does not answer in ${modality}`, (row) => row.modalities.includes(modality));
  }
  if (modality === 'text') return;
  if (voice !== undefined && capabilities.voices.length > 0 && !capabilities.voices.includes(voice)) {
    const guess = nearest(voice, capabilities.voices);
    const hint = guess ? `did you mean ${guess}?` : `it has ${capabilities.voices.join(', ')}`;
    findings.lacks('voice', `has no such voice, ${hint}`, (row) => row.voices.includes(voice));
  }
  if (language === undefined) return;
  const { policy, codes } = capabilities.languages;
  if (policy === 'automatic') {
    findings.warn(
      `language is not sent: ${capabilities.model} chooses the language by itself (ask for one in instructions)`,
    );
  } else if (codes.length > 0 && !codes.includes(language)) {
    const speaks = (row: ReadonlyRow) =>
      row.languages.policy === 'list' && row.languages.codes.includes(language);
    findings.lacks('language', `does not take this language, it takes ${codes.join(', ')}`, speaks);
  }
}

function thinkingFindings(profile: Profile, { model, thinking }: Capabilities, findings: Findings): void {
  const { style, required, levels } = thinking;
  const asked = profile.live.thinkingConfig;
  const path = 'live.thinkingConfig';
  if (asked?.thinkingLevel === undefined && asked?.thinkingBudget === undefined && required) {
    findings.warn(`${path}.thinkingLevel is sent as LOW: ${model} needs a level or a budget`);
  }
  if (asked === undefined) return;
  if (style === 'none') {
    findings.lacks(path, 'takes no thinkingConfig', (row) => row.thinking.style !== 'none');
    return;
  }
  const { thinkingLevel, thinkingBudget } = asked;
  if (thinkingLevel !== undefined && thinkingBudget !== undefined) {
    findings.refuse(path, 'must have thinkingLevel or thinkingBudget, not both');
  }
  if (thinkingBudget !== undefined && style === 'level') {
    findings.lacks(
      `${path}.thinkingBudget`,
      'takes thinkingLevel instead',
      ({ thinking: { style: other } }) => /budget/.test(other),
    );
  }
  if (thinkingLevel !== undefined) {
    const takes = (row: ReadonlyRow) => row.thinking.levels.includes(thinkingLevel);
    if (style === 'budget') findings.lacks(`${path}.thinkingLevel`, 'takes thinkingBudget instead', takes);
    else if (!levels.includes(thinkingLevel))
      findings.lacks(`${path}.thinkingLevel`, `takes ${levels.join(', ')}`, takes);
  }
}

function dialogFindings(
  profile: Profile,
  capabilities: Capabilities,
  vertex: boolean,
  findings: Findings,
): void {
  const { enableAffectiveDialog, proactivity, translationConfig } = profile.live;
  const { model, affectiveDialog, proactiveAudio, previewApiVersion } = capabilities;
  const preview: string[] = [];
  if (enableAffectiveDialog === true) {
    const path = 'live.enableAffectiveDialog';
    if (affectiveDialog) preview.push(path);
    else findings.lacks(path, 'has no affective dialog to switch on', (row) => row.affectiveDialog);
  }
  const proactive = proactivity?.proactiveAudio;
  const path = 'live.proactivity.proactiveAudio';
  if (proactiveAudio === 'always' && proactive === true) {
    findings.warn(`${path} is not sent: ${model} is always proactive`);
  } else if (proactiveAudio === 'always' && proactive === false) {
    findings.lacks(path, 'is always proactive', (row) => row.proactiveAudio !== 'always');
  } else if (proactiveAudio === 'none' && proactive === true) {
    findings.lacks(path, 'has no proactive audio', (row) => row.proactiveAudio !== 'none');
  } else if (proactiveAudio === 'optional' && proactive === true) {
    preview.push(path);
  }
  if (!vertex && profile.apiVersion !== undefined && profile.apiVersion !== previewApiVersion) {
    for (const field of preview)
      findings.refuse(
        field,
        `needs apiVersion ${previewApiVersion}, which is chosen by itself when none is set`,
      );
  }
  if (translationConfig && !capabilities.translation) {
    findings.lacks('live.translationConfig', 'does not translate', (row) => row.translation);
  }
  if (capabilities.known && capabilities.translation && translationConfig?.targetLanguageCode === undefined) {
    findings.refuse('live.translationConfig.targetLanguageCode', `must be set: ${model} only translates`);
  }
}

function inputFindings(profile: Profile, capabilities: Capabilities, findings: Findings): void {
  const instructed = profile.instructions !== undefined || profile.live.systemInstruction !== undefined;
  if (instructed && !capabilities.systemInstruction) {
    findings.lacks('instructions', 'takes no instructions', (row) => row.systemInstruction);
  }
  if (profile.greeting !== undefined && capabilities.textInput === 'none') {
    findings.lacks('greeting', 'takes no text, and so no greeting', (row) => row.textInput !== 'none');
  }
  if (profile.idle?.say !== undefined && capabilities.textInput === 'none') {
    findings.lacks('idle.say', 'takes no text', (row) => row.textInput !== 'none');
  }
  if (profile.history.length > 0 && capabilities.initialHistory === 'none') {
    findings.lacks('history', 'takes no history', (row) => row.initialHistory !== 'none');
  }
  const { source } = profile.see;
  if ((source === 'camera' || source === 'screen') && !capabilities.video) {
    findings.lacks('see.source', 'looks at no pictures', (row) => row.video);
  }
}

function coverageFindings(
  { live }: Profile,
  { turnCoverages }: Capabilities,
  vertex: boolean,
  findings: Findings,
): void {
  const asked = live.realtimeInputConfig?.turnCoverage;
  if (asked === undefined) return;
  const path = 'live.realtimeInputConfig.turnCoverage';
  if (!turnCoverages.includes(asked)) {
    findings.lacks(path, `takes ${turnCoverages.join(', ')}`, (row) => row.turnCoverages.includes(asked));
  } else if (vertex && asked !== 'TURN_INCLUDES_ONLY_ACTIVITY') {
    findings.warn(`${path}: Vertex AI is reported to take TURN_INCLUDES_ONLY_ACTIVITY alone`);
  }
}
