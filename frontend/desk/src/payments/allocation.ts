// What happens to a payment when it is applied to these invoices: counted here so that it can be seen before it is
// done. The program counts again and has the last word.

import { fromMinor, toMinor } from '@/format/money';

/** An open invoice as far as allocation is concerned. Amounts are wire amounts in one currency. */
export interface OpenLine {
  id: string;
  due: string;
  open: string;
}

export interface Preview {
  /** Sum of what is applied. */
  applied: string;
  /** What stays on account. Negative when more is applied than there is. */
  rest: string;
  lines: { id: string; amount: string; left: string; settles: boolean; tooMuch: boolean }[];
  /** The payment can be applied like this. */
  possible: boolean;
}

/** preview counts what `amounts` (by invoice id) do with `available`. */
export function preview(
  available: string,
  currency: string,
  invoices: OpenLine[],
  amounts: Map<string, string>,
): Preview {
  let applied = 0;
  let fits = true;
  const lines = invoices.flatMap((invoice) => {
    const amount = toMinor(amounts.get(invoice.id) || '0', currency);
    if (amount === 0) return [];
    const left = toMinor(invoice.open, currency) - amount;
    const tooMuch = left < 0 || amount < 0;
    fits &&= !tooMuch;
    applied += amount;
    return [
      {
        id: invoice.id,
        amount: fromMinor(amount, currency),
        left: fromMinor(left, currency),
        settles: left === 0,
        tooMuch,
      },
    ];
  });
  const rest = toMinor(available, currency) - applied;
  return {
    applied: fromMinor(applied, currency),
    rest: fromMinor(rest, currency),
    lines,
    possible: fits && rest >= 0 && lines.length > 0,
  };
}

/** oldestFirst spreads the money over the invoices, the oldest due first; what is too little pays the last in part. */
export function oldestFirst(available: string, currency: string, invoices: OpenLine[]): Map<string, string> {
  let rest = toMinor(available, currency);
  const amounts = new Map<string, string>();
  const order = [...invoices].sort((a, b) => a.due.localeCompare(b.due) || a.id.localeCompare(b.id));
  for (const invoice of order) {
    const take = Math.min(rest, toMinor(invoice.open, currency));
    if (take <= 0) continue;
    amounts.set(invoice.id, fromMinor(take, currency));
    rest -= take;
  }
  return amounts;
}
