// What a customer does in the portal, by what they can see: labels and buttons, in Dutch. Everything here also works
// without JavaScript.
import assert from 'node:assert/strict';

/** links are the addresses in a mail. */
export const linksIn = (mail) => mail.text.match(/https?:\/\/\S+/g) ?? [];

/** codeIn is the six-digit code in a mail. */
export const codeIn = (mail) => mail.text.match(/^\s*(\d{6})\s*$/m)?.[1];

/** openLink follows a sign-in link and presses its one button. */
export async function openLink(page, url) {
  await page.goto(url);
  await page.getByRole('button', { name: 'Inloggen' }).click();
  await page.locator('dl.sums, .calm').first().waitFor();
}

/** card is an invoice on the account page. */
const card = (page, number) =>
  page.locator('li.card').filter({ has: page.locator('.card-no', { hasText: number }) });

/** shownNumbers are the numbers of the invoices on the account page, in order. */
export async function shownNumbers(page) {
  const texts = await page.locator('form.choose .card-no').allTextContents();
  return texts.map((text) => text.trim());
}

/** choose ticks invoices on the account page and goes on; without JavaScript the next page says the sum. */
export async function choose(page, numbers) {
  for (const number of numbers) await card(page, number).locator('input[name=d]').check();
  await page.locator('form.choose .bar button').first().click();
  await page.getByRole('heading', { name: 'Betalen', level: 1 }).waitFor();
}

/** pay chooses the method and plays the payer's bank in the simulator's checkout. */
export async function pay(page, { method = 'ideal', outcome = 'paid' } = {}) {
  await page.locator(`input[name=method][value=${method}]`).check();
  await page.getByRole('button', { name: /^Betaal/ }).click();
  await page.waitForURL(/\/checkout\//);
  if (await page.locator('input[name=method]').count()) {
    await page.locator(`input[name=method][value=${method}]`).check();
    await page.locator('button[type=submit]').click();
  }
  await page.locator(`input[name=outcome][value=${outcome}]`).check();
  await page.locator('button[type=submit]').click();
  await page.locator('#state').waitFor();
}

/** result waits for the result page's title. */
export async function result(page, title) {
  await page.getByRole('heading', { name: title, level: 1 }).waitFor({ timeout: 40_000 });
}

/** openTotal is the outstanding amount that the account page shows, as text. */
export async function openTotal(page) {
  const text = await page.locator('.balance .sum-main dd').first().textContent();
  assert.ok(text, 'the account page shows no total');
  return text.replace(/[\s\u00a0\u202f]+/g, ' ').trim();
}

/** simulator drives the payment provider from outside: webhooks, time, outcomes. */
export function simulator(url) {
  const post = async (path, body = {}) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  return {
    webhooks: (mode) => post('/_sim/webhooks', { mode }),
    advance: (duration) => post('/_sim/advance', { duration }),
    outcome: (id, status) => post(`/_sim/payments/${id}/outcome`, { status }),
    payments: async () => (await (await fetch(`${url}/_sim/payments`)).json()).payments,
    deliveries: async () => (await (await fetch(`${url}/_sim/deliveries`)).json()).deliveries,
  };
}
