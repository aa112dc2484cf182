// What a customer asks, on a phone without JavaScript, and what the firm answers: a promise, a dispute with a file, a
// payment plan; the customer follows each of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, beforeEach, test } from 'node:test';
import * as desks from './desk.mjs';
import { axe, closeBrowser, context, picture, Workspace } from './harness.mjs';
import * as portal from './portal.mjs';

const phone = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  javaScriptEnabled: false,
};

let workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.close());
after(closeBrowser);

/** staff calls the staff API of a running sample firm. */
async function staff(servers) {
  const call = async (method, path, body, token) => {
    const answer = await fetch(`${servers.desk}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok ? '' : await answer.text()}`);
    return answer.json();
  };
  const { token } = await call('POST', '/auth/sign-in', { email: servers.email, password: servers.password });
  return (method, path, body) => call(method, path, body, token);
}

test('a customer asks on a phone without JavaScript, and sees the answer', async () => {
  const servers = await workspace.demo();
  const desk = await staff(servers);
  const browser = await context(phone);
  const page = await browser.newPage();
  let numbers = [];
  for (const { number } of (await desk('GET', '/customers?limit=50')).items) {
    await portal.openLink(page, await workspace.signInLink(servers, number));
    numbers = await portal.shownNumbers(page);
    if (numbers.length >= 3) break;
  }
  assert.ok(numbers.length >= 3, 'no customer of the sample firm has three open invoices');
  const ask = async (number, kind) => {
    await page.goto(`${servers.portal}/`);
    await page
      .locator('li.card')
      .filter({ has: page.locator('.card-no', { hasText: number }) })
      .locator('input[name=d]')
      .check();
    await page.locator('.bar .ask').first().click();
    await page.getByRole('link', { name: kind }).click();
  };
  const narrow = async () =>
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      0,
    );

  await ask(numbers[0], /Betaling toezeggen/);
  await page.getByLabel('Ik betaal op').fill(new Date(Date.now() + 5 * 864e5).toISOString().slice(0, 10));
  await page.getByRole('button', { name: 'Leg deze toezegging vast' }).click();
  await page.getByText('Verstuurd. U kunt hier volgen').waitFor();
  await narrow();

  await ask(numbers[1], /De factuur klopt niet/);
  await page.getByLabel('Wat klopt er niet?').selectOption('price');
  await page.getByLabel('Leg kort uit').fill('De prijs wijkt af van de offerte.');
  await page.getByLabel('Bestanden meesturen').setInputFiles({
    name: 'offerte.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('%PDF-1.4\n%%EOF\n'),
  });
  await page.getByRole('button', { name: 'Meld dit' }).click();
  await page.getByRole('link', { name: /offerte\.pdf/ }).waitFor();
  const dispute = page.url().match(/req_[a-z0-9]+/)[0];
  await narrow();

  await ask(numbers[2], /Betalingsregeling vragen/);
  await page.getByLabel('Aantal termijnen').selectOption('2');
  await page.getByRole('button', { name: 'Toon de termijnen' }).click();
  await page.getByText('Zo betaalt u').waitFor();
  await page.getByRole('button', { name: 'Vraag deze regeling aan' }).click();
  await page.getByText('Wij hebben uw verzoek ontvangen').waitFor();
  const plan = page.url().match(/req_[a-z0-9]+/)[0];

  await desk('POST', `/requests/${plan}/accept`, { words: 'Akkoord, dank u.' });
  const seenByDesk = await desk('GET', `/requests/${dispute}`);
  assert.deepEqual([seenByDesk.kind, seenByDesk.unread, seenByDesk.channel], ['dispute', 1, 'portal']);

  await page.goto(`${servers.portal}/requests/${plan}`);
  await page.getByText('Akkoord, dank u.').waitFor();
  await page.getByText('Termijn 1 van 2').waitFor();
  await narrow();
  await page.goto(`${servers.portal}/requests`);
  await page.locator('a.card-main').filter({ hasText: 'akkoord' }).first().waitFor();
  await page.goto(`${servers.portal}/`);
  await page.getByRole('link', { name: /Betaal deze termijn/ }).waitFor();
  await narrow();
  assert.deepEqual(browser.trouble, []);
});

test('staff open a file that a customer sent, and send one along', async () => {
  const servers = await workspace.demo();
  const desk = await staff(servers);
  const customer = (await desk('GET', '/customers?limit=1')).items[0];
  const asked = await desk('POST', '/requests', {
    kind: 'question',
    customer: customer.id,
    channel: 'phone',
    by: 'Proef',
    text: 'Kunt u de pakbon sturen?',
    payload: {},
  });
  const pdf = Buffer.from('%PDF-1.4\n%%EOF\n');
  for (const [name, options] of [
    ['computer', { viewport: { width: 1440, height: 900 } }],
    ['phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' }],
  ]) {
    const browser = await context({ ...options, acceptDownloads: true });
    const page = await browser.newPage();
    await desks.signIn(page, servers.desk, servers.email, servers.password);
    await desks.visit(page, '/requests');
    const kind = page.getByLabel('Soort verzoek');
    await kind.selectOption('autopay');
    await page.getByText('Niets te beantwoorden').waitFor();
    await kind.selectOption('question');
    await page
      .getByRole('list', { name: 'Verzoeken' })
      .getByRole('button', { name: customer.name })
      .first()
      .click();
    await page
      .locator('article')
      .getByText(/(wacht|beantwoord na) \d+ minu/)
      .waitFor();
    await page
      .locator('article input[type=file], input[type=file]')
      .first()
      .setInputFiles({ name: `pakbon-${name}.pdf`, mimeType: 'application/pdf', buffer: pdf });
    await page.getByRole('button', { name: `Laat pakbon-${name}.pdf weg` }).waitFor();
    await page.getByRole('button', { name: 'Verstuur bericht' }).click();
    const sent = page.locator('article li').getByRole('button', { name: `pakbon-${name}.pdf` });
    const [saved] = await Promise.all([page.waitForEvent('download'), sent.click()]);
    assert.equal(saved.suggestedFilename(), `pakbon-${name}.pdf`);
    assert.deepEqual(readFileSync(await saved.path()), pdf);
    assert.deepEqual(await axe(page), []);
    assert.ok(
      await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
    );
    await picture(page, `desk-requests-files-${name}`);
    assert.deepEqual(browser.trouble, []);
    await browser.close();
  }
  const { messages } = await desk('GET', `/threads/${asked.thread}`);
  assert.equal(messages.flatMap((m) => m.files).length, 2);
});
