// The Live API's voices, each as one of Flite's with its own pitch and tempo, so that two can be distinguished.

export interface SpeakingVoice {
  readonly flite: 'slt' | 'rms' | 'awb' | 'kal16';
  /** Factor on the pitch; without effect on rms, whose melody comes from another model. */
  readonly pitch: number;
  /** Factor on the speed. */
  readonly tempo: number;
  /** Factor on the samples: Flite's voices are not equally loud. */
  readonly gain: number;
}

/** Brings each voice to about the same loudness, with its peaks just below full scale. */
const GAINS = { slt: 1, rms: 1.7, awb: 1.1, kal16: 2.4 } as const;

/** slt is a woman of about 160 Hz; rms, awb and kal16 are men of about 98, 120 and 91 Hz. */
function voice(flite: SpeakingVoice['flite'], pitch: number, tempo: number): SpeakingVoice {
  return { flite, pitch, tempo, gain: GAINS[flite] };
}

const WOMEN = {
  kore: voice('slt', 1, 1),
  aoede: voice('slt', 1.12, 0.96),
  leda: voice('slt', 1.25, 1.06),
  zephyr: voice('slt', 1.18, 1.12),
  gacrux: voice('slt', 0.88, 0.94),
  callirrhoe: voice('slt', 1.06, 0.92),
  autonoe: voice('slt', 1.1, 1.04),
  despina: voice('slt', 0.94, 1.02),
  erinome: voice('slt', 0.97, 0.95),
  laomedeia: voice('slt', 1.15, 1.1),
  achernar: voice('slt', 1.03, 0.9),
  pulcherrima: voice('slt', 0.91, 1.1),
  vindemiatrix: voice('slt', 0.96, 0.9),
  sulafat: voice('slt', 0.92, 0.97),
} as const;

const MEN = {
  puck: voice('rms', 1, 1.12),
  charon: voice('rms', 1, 1),
  fenrir: voice('awb', 1.12, 1),
  orus: voice('awb', 1, 1),
  enceladus: voice('awb', 0.9, 0.94),
  iapetus: voice('rms', 1, 1.06),
  umbriel: voice('awb', 0.95, 1),
  algieba: voice('awb', 1.06, 1),
  algenib: voice('kal16', 1, 1),
  rasalgethi: voice('rms', 1, 0.94),
  alnilam: voice('awb', 1.1, 1.04),
  schedar: voice('awb', 1, 0.94),
  achird: voice('awb', 1.14, 0.96),
  zubenelgenubi: voice('kal16', 1.12, 1),
  sadachbia: voice('awb', 1.08, 1.06),
  sadaltager: voice('awb', 1.03, 0.98),
} as const;

const NAMED: ReadonlyMap<string, SpeakingVoice> = new Map([...Object.entries(WOMEN), ...Object.entries(MEN)]);
const ALL = [...NAMED.values()];

/** The same name always gets the same voice, whether the Live API knows it or not. */
export function speakingVoice(name: string): SpeakingVoice {
  const key = name.trim().toLowerCase();
  return NAMED.get(key) ?? (ALL[voiceNumber(key, ALL.length)] as SpeakingVoice);
}

/** A number below `count` that depends on nothing but the name. */
export function voiceNumber(name: string, count: number): number {
  let hash = 2_166_136_261;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 16_777_619);
  return (hash >>> 0) % count;
}
