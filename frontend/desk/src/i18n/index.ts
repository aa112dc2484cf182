// The desk's languages. A language is loaded when it is used; nl is the shape that every other one must have.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Texts } from './nl';

export const LANGUAGES = ['nl', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = 'voldaan.language';

// What the program says by code, in the reader's language; English is what it says itself.
let saidByCode: Record<string, string> = {};

/**
 * said gives the reader's words for a code of the program, or the program's own. "{name}" in them is a value of the
 * message; without that value the program's own words are better.
 */
export function said(code: string, words: string, params: Record<string, string> = {}): string {
  let whole = true;
  const text = (saidByCode[code] ?? words).replace(/\{(\w+)\}/g, (_, name: string) => {
    whole &&= name in params;
    return params[name] ?? '';
  });
  return whole ? text : words;
}

async function load(language: Language): Promise<Texts> {
  if (language !== 'nl') {
    saidByCode = {};
    return (await import('./en')).en;
  }
  saidByCode = (await import('./codes.nl.json')).default;
  return (await import('./nl')).nl;
}

/** firstLanguage is the one chosen before, else the first of the reader's that we speak, else Dutch. */
export function firstLanguage(): Language {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages];
  for (const tag of wanted) {
    const found = LANGUAGES.find((language) => tag?.toLowerCase().startsWith(language));
    if (found) return found;
  }
  return 'nl';
}

/** startLanguages makes t() ready. It is awaited before the first paint. */
export async function startLanguages(language: Language = firstLanguage()) {
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await load(language) } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  document.documentElement.lang = language;
}

/** speak switches to another language and remembers it. */
export async function speak(language: Language) {
  i18next.addResourceBundle(language, 'translation', await load(language));
  await i18next.changeLanguage(language);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
}

/** localeOf is how numbers and dates are written: the reader's own variant of the language where they have one. */
export function localeOf(language: string): string {
  return (
    navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ??
    (language === 'en' ? 'en-GB' : `${language}-NL`)
  );
}

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Texts };
  }
}
