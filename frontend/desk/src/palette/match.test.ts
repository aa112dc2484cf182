import { describe, expect, it } from 'vitest';
import { matchCommands } from './match';

const commands = [
  { label: 'Vandaag' },
  { label: 'Boek een ontvangst', words: 'overboeking bank' },
  { label: 'Ontvangsten' },
  { label: 'Vervallen facturen' },
  { label: 'Portaal: huisstijl' },
];

describe('commands', () => {
  it('finds by the beginning of words, labels that begin with it first', () => {
    expect(matchCommands(commands, 'ontv').map((command) => command.label)).toEqual([
      'Ontvangsten',
      'Boek een ontvangst',
    ]);
    expect(matchCommands(commands, 'fac ver').map((command) => command.label)).toEqual([
      'Vervallen facturen',
    ]);
    expect(matchCommands(commands, 'bank').map((command) => command.label)).toEqual(['Boek een ontvangst']);
    expect(matchCommands(commands, 'huis')).toHaveLength(1);
  });

  it('does not find the middle of a word', () => {
    expect(matchCommands(commands, 'turen')).toEqual([]);
  });

  it('ignores accents and case', () => {
    expect(matchCommands([{ label: 'Écritures' }], 'ecr')).toHaveLength(1);
  });

  it('shows the first ones when nothing is typed', () => {
    expect(matchCommands(commands, '  ', 2)).toHaveLength(2);
  });
});
