// The desk on the sample firm: what a member of staff does there that is not part of a whole journey.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as desk from './desk.mjs';
import { closeBrowser, context, Workspace } from './harness.mjs';
import * as portal from './portal.mjs';

let workspace;
let servers;
before(async () => {
  workspace = new Workspace();
  servers = await workspace.demo();
});
after(async () => {
  await closeBrowser();
  await workspace.close();
});

/** staff is a member of staff of the sample firm, signed in, in a browser profile of their own. */
async function staff(options = { viewport: { width: 1440, height: 900 } }) {
  const profile = await context(options);
  const page = await profile.newPage();
  page.setDefaultTimeout(60_000);
  await desk.signIn(page, servers.desk, servers.email, servers.password);
  return { profile, page };
}

test('a link is taken back, and whoever used it is signed out', async () => {
  const link = await workspace.signInLink(servers, '10027');
  const customer = await context();
  const visitor = await customer.newPage();
  const { profile, page } = await staff();
  await desk.customer(page, '10027');
  const links = page.getByRole('region', { name: 'Links' });
  await links.getByText('Niet gebruikt').waitFor();
  assert.ok(
    !(await links.innerHTML()).includes(new URL(link).pathname.slice(3)),
    'the address is in the list',
  );

  await portal.openLink(visitor, link);
  await links.getByText(/^Nu aangemeld/).waitFor();
  await links
    .getByRole('button', { name: /^Trek in/ })
    .first()
    .click();
  await page.getByText('Terugdraaien kan niet').waitFor();
  await page.getByRole('button', { name: 'Trek de link in' }).click();
  await page.getByText('De link werkt niet meer.').waitFor();
  await links.getByText('Geen link die nu nog werkt.').waitFor();
  await links.getByRole('button', { name: 'Ook oude' }).click();
  await links.getByText(/^Ingetrokken/).waitFor();

  await visitor.reload();
  await visitor.getByLabel('E-mailadres').waitFor();
  assert.deepEqual([...profile.trouble, ...customer.trouble], []);
});

/** titles are the grid's columns from left to right, as they stand. */
const titles = (page) =>
  page
    .locator('.ag-header-cell[col-id]:not([col-id^=ag-Grid])')
    .evaluateAll((cells) =>
      cells
        .toSorted((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
        .map((cell) => `${cell.getAttribute('col-id')} ${cell.getAttribute('aria-sort') ?? 'none'}`),
    );

test('columns and order of a grid come along to another browser, and go back to how they came', async () => {
  const { profile, page } = await staff();
  await desk.visit(page, '/customers');
  await page.locator('.ag-row').first().waitFor();
  const before = await titles(page);
  assert.ok(
    before.some((title) => title.startsWith('city')) && !before.some((title) => title.startsWith('oldest')),
  );
  await page.getByRole('button', { name: 'Kolommen' }).click();
  await page.getByRole('checkbox', { name: 'Plaats' }).uncheck();
  await page.getByRole('checkbox', { name: 'Oudste post' }).check();
  await page.keyboard.press('Escape');
  const saved = page.waitForResponse((answer) => answer.url().endsWith('/preferences/grid.customers'));
  await page.locator('.ag-header-cell[col-id=open]').click();
  assert.equal((await saved).status(), 204);
  const left = await titles(page);
  assert.ok(left.includes('open descending'), left.join());

  const other = await staff();
  const asked = other.page.waitForRequest((request) => /\/customers\?/.test(request.url()));
  await desk.visit(other.page, '/customers');
  assert.match(
    (await asked).url(),
    /sort=-open/,
    'the first question for rows is in the order that was left',
  );
  await other.page.locator('.ag-row').first().waitFor();
  assert.deepEqual(await titles(other.page), left);

  const forgotten = other.page.waitForResponse((answer) =>
    answer.url().endsWith('/preferences/grid.customers'),
  );
  await other.page.getByRole('button', { name: 'Kolommen' }).click();
  await other.page.getByRole('button', { name: 'Zoals het was' }).click();
  assert.equal((await forgotten).status(), 204);
  assert.deepEqual(await titles(other.page), before);
  await page.reload();
  await page.locator('.ag-row').first().waitFor();
  assert.deepEqual(await titles(page), before);
  assert.deepEqual([...profile.trouble, ...other.profile.trouble], []);
});

test('the keyboard alone goes to every page, through a grid and through the customers', async () => {
  const { profile, page } = await staff();
  const heading = (name, timeout) => page.getByRole('heading', { level: 1, name }).waitFor({ timeout });
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  // Two keys within 0.9 s are a sequence; a busy machine may need a second try.
  const go = async (letter, name) => {
    for (let tries = 0; tries < 5; tries++) {
      await press('g', letter);
      const there = await heading(name, 4_000).then(
        () => true,
        () => false,
      );
      if (there) return;
    }
    await heading(name);
  };
  for (const [letter, name] of [
    ['c', 'Klanten'],
    ['i', 'Facturen'],
    ['p', 'Ontvangsten'],
    ['f', 'Inzicht'],
    ['b', 'Bestanden inlezen'],
    ['m', 'Postvak uit'],
    ['s', 'Instellingen'],
    ['t', 'Vandaag'],
  ]) {
    await go(letter, name);
  }
  await press('?');
  await page.getByRole('dialog').getByText('Volgende klant').waitFor({ state: 'hidden' });
  await page.getByRole('dialog').getByText('Zoek of typ een opdracht').waitFor();
  await press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  // A grid is one tab stop: into it, through it with arrows, and out again.
  await go('c', 'Klanten');
  await page.locator('.ag-row').first().waitFor();
  await press('/');
  const inGrid = () => page.evaluate(() => document.activeElement?.closest('.ag-root') !== null);
  let stops = 0;
  let inside = 0;
  for (; stops < 25; stops++) {
    await press('Tab');
    if (await inGrid()) inside++;
    else if (inside) break;
  }
  assert.ok(inside >= 1 && inside <= 2, `the grid takes ${inside} tab stops`);
  await press('Shift+Tab');
  assert.ok(await inGrid(), 'Shift+Tab comes back to the grid');
  await press('Home', 'ArrowDown', 'ArrowDown', 'Enter');
  await page.waitForURL(/customers\/./);
  await page.getByRole('button', { name: 'Stuur aanmeldlink' }).waitFor();

  // J and K go on through the list that was shown; "?" says so while they do.
  const name = (await page.getByRole('heading', { level: 1 }).textContent()).trim();
  const title = page.getByRole('heading', { level: 1, name, exact: true });
  await press('j');
  await title.waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await press('k');
  await title.waitFor();
  await press('?');
  await page.getByRole('dialog').getByText('Volgende klant').waitFor();
  await press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  // Ctrl+K finds a customer, a command and an invoice; Enter opens the first.
  const find = async (text, hit) => {
    await press('Control+k');
    await page.getByPlaceholder(/^Zoek een klant/).fill(text);
    await page.locator('[data-action][data-selected]').filter({ hasText: hit }).waitFor();
    await press('Enter');
    await page.getByPlaceholder(/^Zoek een klant/).waitFor({ state: 'detached' });
  };
  await find('10005', '10005');
  await page
    .getByText(/^10005/)
    .first()
    .waitFor();
  await find('huisstijl', 'Huisstijl');
  await page.getByRole('heading', { level: 2, name: 'Huisstijl' }).waitFor();
  await go('i', 'Facturen');
  const cell = page.locator('.ag-row .ag-cell[col-id=number]:not(:empty)').first();
  const number = (await cell.textContent()).trim();
  await find(number, number);
  await page.getByRole('heading', { level: 1, name: new RegExp(number) }).waitFor();
  assert.deepEqual(profile.trouble, []);
});
