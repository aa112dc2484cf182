// What a member of staff does in the desk, by what they can see: labels and buttons, in Dutch.
import { user } from './harness.mjs';

/** firstRun makes the first user (and the firm, where there is none yet). */
export async function firstRun(page, url) {
  await page.goto(url);
  await page.getByLabel('Uw naam').waitFor();
  const firm = page.getByLabel('Naam van uw bedrijf');
  if (await firm.count()) await firm.fill('Bakkerij De Korenaar');
  await page.getByLabel('Uw naam').fill(user.name);
  await page.getByLabel('E-mailadres').fill(user.email);
  await page.getByLabel('Wachtwoord').fill(user.password);
  await page.getByRole('button', { name: 'Maak de administratie' }).click();
  await page.getByRole('link', { name: 'Klanten' }).waitFor();
}

/** signIn signs a member of staff in. */
export async function signIn(page, url, email = user.email, password = user.password) {
  await page.goto(url);
  await page.getByLabel('E-mailadres').fill(email);
  await page.getByLabel('Wachtwoord').fill(password);
  await page.getByRole('button', { name: 'Meld aan' }).click();
  await page.locator('#content').waitFor(); // the list of pages is folded away on a phone
}

/** visit goes to an address of the app. */
export const visit = (page, path) =>
  page.evaluate((hash) => {
    globalThis.location.hash = hash;
  }, path);

/** option picks from a drop-down that opens a list. */
async function option(page, label, name) {
  await page
    .getByRole('combobox', { name: label })
    .or(page.getByRole('textbox', { name: label }))
    .first()
    .click();
  await page.getByRole('option', { name, exact: true }).click();
}

/** mailServer fills in where mail leaves. */
export async function mailServer(page, port) {
  await visit(page, '/settings/mail');
  await page.getByLabel('Mailserver').fill('127.0.0.1');
  await page.getByLabel('Poort').fill(String(port));
  await option(page, 'Beveiliging', /geen/i);
  await page.getByLabel('E-mailadres afzender').fill('post@korenaar.example');
  await page.getByRole('button', { name: 'Bewaar', exact: true }).click();
  await page.getByText('Bewaard.').waitFor();
}

/** importFile reads a file; unused lists columns that must not be read as what they look like. */
export async function importFile(page, path, { unused = [] } = {}) {
  await visit(page, '/imports');
  await page.locator('input[type=file]').first().setInputFiles(path);
  await page.getByRole('button', { name: /^Verwerk / }).waitFor({ timeout: 60_000 });
  if (unused.length) {
    const mapping = page.locator('section[aria-labelledby=mapping]');
    await mapping.getByRole('button').first().click();
    for (const column of unused) await option(page, `Kolom ${column} is`, 'niet gebruiken');
    await page.getByRole('button', { name: 'Lees opnieuw' }).click();
    await page
      .getByRole('button', { name: 'Lees opnieuw' })
      .waitFor({ state: 'detached' })
      .catch(() => {});
  }
  const numbers = await page.locator('main').textContent();
  await page.getByRole('button', { name: /^Verwerk / }).click();
  await page.getByText('Verwerkt', { exact: true }).first().waitFor({ timeout: 60_000 });
  return numbers;
}

/** customer opens a customer's page through the palette. */
export async function customer(page, number) {
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/^Zoek een klant/).fill(number);
  await page.locator('[data-action][data-selected]').filter({ hasText: number }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Stuur aanmeldlink' }).waitFor();
}

/** sendLink sends a sign-in link from the customer's page. */
export async function sendLink(page, email) {
  await page.getByRole('button', { name: 'Stuur aanmeldlink' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Naar').fill(email);
  await dialog.getByRole('button', { name: 'Verstuur per e-mail' }).click();
  await dialog.getByText(`Verstuurd naar ${email}.`).waitFor();
  await dialog.getByRole('button', { name: 'Klaar' }).click();
}
