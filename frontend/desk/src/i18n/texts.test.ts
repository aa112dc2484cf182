import { describe, expect, it } from 'vitest';
import { en } from './en';
import { nl } from './nl';

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

describe('texts', () => {
  const dutch = new Map(leaves(nl));
  const english = new Map(leaves(en));

  it('has the same keys in every language', () => {
    expect([...english.keys()].sort()).toEqual([...dutch.keys()].sort());
  });

  it('has no empty texts', () => {
    for (const [key, text] of [...dutch, ...english]) expect(text.trim(), key).not.toBe('');
  });

  it('fills in the same values', () => {
    for (const [key, text] of dutch)
      expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(text));
  });

  it('is translated', () => {
    const same = [...dutch].filter(
      ([key, text]) =>
        text === english.get(key) && /[a-z]{4}/.test(text.replace(/\{\{\w+\}\}/g, '')) && text.includes(' '),
    );
    expect(same.map(([key]) => key)).toEqual(['exportAs.xlsx', 'method.applepay']); // names are the same everywhere
  });
});
