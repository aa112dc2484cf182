// Matching of commands: every word that was typed must begin a word of the label or its keywords, accents ignored.

export interface Matchable {
  label: string;
  words?: string;
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** matchCommands keeps the commands that fit, those whose label begins with the query first. */
export function matchCommands<T extends Matchable>(commands: T[], query: string, limit = 9): T[] {
  const typed = plain(query).split(/\s+/).filter(Boolean);
  if (typed.length === 0) return commands.slice(0, limit);
  const first = typed.join(' ');
  return commands
    .filter((command) => {
      const words = plain(`${command.label} ${command.words ?? ''}`).split(/[\s:/-]+/);
      return typed.every((part) => words.some((word) => word.startsWith(part)));
    })
    .sort((a, b) => Number(plain(b.label).startsWith(first)) - Number(plain(a.label).startsWith(first)))
    .slice(0, limit);
}
