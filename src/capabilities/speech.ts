// The voices and languages of Live models, as Google lists them.

/** The voices of models that speak through a separate voice. */
export const HALF_CASCADE_VOICES: string[] = [
  'Puck',
  'Charon',
  'Kore',
  'Fenrir',
  'Aoede',
  'Leda',
  'Orus',
  'Zephyr',
];

/** Native audio models speak with all of these. */
export const NATIVE_VOICES: string[] = [
  ...HALF_CASCADE_VOICES,
  'Achernar',
  'Achird',
  'Algenib',
  'Algieba',
  'Alnilam',
  'Autonoe',
  'Callirrhoe',
  'Despina',
  'Enceladus',
  'Erinome',
  'Gacrux',
  'Iapetus',
  'Laomedeia',
  'Pulcherrima',
  'Rasalgethi',
  'Sadachbia',
  'Sadaltager',
  'Schedar',
  'Sulafat',
  'Umbriel',
  'Vindemiatrix',
  'Zubenelgenubi',
];

/** Languages that native audio models take as a language code. */
export const NATIVE_LANGUAGES: string[] = [
  'ar-XA',
  'bn-IN',
  'de-DE',
  'en-IN',
  'en-US',
  'es-US',
  'fr-FR',
  'hi-IN',
  'id-ID',
  'it-IT',
  'ja-JP',
  'ko-KR',
  'mr-IN',
  'nl-NL',
  'pl-PL',
  'pt-BR',
  'ru-RU',
  'ta-IN',
  'te-IN',
  'th-TH',
  'tr-TR',
  'vi-VN',
];

/** The ones with a star in Google's list: not for native audio. */
const STARRED_LANGUAGES: readonly string[] = [
  'cmn-CN',
  'en-AU',
  'en-GB',
  'es-ES',
  'fr-CA',
  'gu-IN',
  'kn-IN',
  'ml-IN',
];

export const LANGUAGES: string[] = [...NATIVE_LANGUAGES, ...STARRED_LANGUAGES].sort();
