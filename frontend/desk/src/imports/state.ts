// Where an import stands and what may be done with it, worked out in one place.

import type { Schemas } from '@/api/client';

type Import = Schemas['Import'];

export type Stage = 'refused' | 'map' | 'nothing' | 'ready' | 'partly' | 'allRefused' | 'applied' | 'undone';

/** stageOf says what the wizard shows for an import. */
export function stageOf(
  read: Pick<
    Import,
    'state' | 'refusal' | 'created' | 'updated' | 'unchanged' | 'rejected' | 'sheets' | 'fields'
  >,
): Stage {
  if (read.state === 'applied') return 'applied';
  if (read.state === 'undone') return 'undone';
  if (missingFields(read).length > 0) return 'map';
  if (read.refusal) return 'refused';
  const good = read.created + read.updated;
  if (read.rejected > 0) return good + read.unchanged === 0 ? 'allRefused' : good > 0 ? 'partly' : 'nothing';
  return good > 0 ? 'ready' : 'nothing';
}

/** missingFields are the required fields of the used table that no column was taken for. */
export function missingFields(read: Pick<Import, 'sheets' | 'fields'>): string[] {
  const sheet = usedSheet(read);
  if (!sheet) return [];
  const mapped = new Set(sheet.columns.map((column) => column.field));
  return read.fields
    .filter((field) => field.required && field.kind === sheet.kind && !mapped.has(field.name))
    .map((field) => field.name);
}

/** usedSheet is the table of the file that is imported. */
export function usedSheet(read: Pick<Import, 'sheets'>): Schemas['ImportSheet'] | undefined {
  return read.sheets.find((sheet) => sheet.used) ?? read.sheets[0];
}

/** sureness puts a column's confidence in three words. */
export function sureness(confidence: number): 'sure' | 'likely' | 'unsure' {
  if (confidence >= 0.8) return 'sure';
  return confidence >= 0.5 ? 'likely' : 'unsure';
}
