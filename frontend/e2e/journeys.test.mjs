// Whole journeys through the real program: a spreadsheet becomes paid invoices, on a desk, on a phone, without
// JavaScript, with webhooks lost on the way; and what fails leaves the invoices open.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import * as desk from './desk.mjs';
import { axe, cents, closeBrowser, context, ibm, picture, root, sound, user, Workspace } from './harness.mjs';
import * as portal from './portal.mjs';

const fixture = join(root, 'frontend/e2e/fixtures/openstaand.csv');
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

let workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.close());
after(closeBrowser);

/** office is a firm with the fixture's invoices, a member of staff and running servers. */
async function office() {
  await workspace.must('init', '--name', 'Bakkerij De Korenaar', '--country', 'NL', '--currency', 'EUR');
  workspace.env.VOLDAAN_USER_PASSWORD = user.password;
  await workspace.must('user', 'add', '--name', user.name, '--email', user.email);
  await workspace.must('import', fixture);
  const sums = await workspace.must('customers', 'list', '--json');
  assert.equal(sums.value.find((line) => line.number === '00101').open, '4758.85');
  return workspace.serve();
}

/** ask signs a customer in from the portal's own page, with the code from the mail. */
async function ask(page, servers, mailbox, email) {
  await page.goto(`${servers.portal}/sign-in`);
  await page.getByLabel('E-mailadres').fill(email);
  await page.getByRole('button', { name: 'Stuur mij een inloglink' }).click();
  const mail = await mailbox.next((one) => one.to.includes(email));
  await page.getByLabel(/6 cijfers|Code/).fill(portal.codeIn(mail));
  await page.getByRole('button', { name: 'Ga verder' }).click();
  await page.locator('.balance').first().waitFor();
}

/** staff signs in at the desk, sets the mail server, and makes somebody a contact by sending them a link. */
async function staff(servers, mailbox, number, email) {
  const browser = await context({ viewport: { width: 1440, height: 900 } });
  const page = await browser.newPage();
  await desk.signIn(page, servers.desk);
  await desk.mailServer(page, mailbox.port);
  await desk.customer(page, number);
  await desk.sendLink(page, email);
  await mailbox.next((one) => one.to.includes(email));
  return { browser, page };
}

async function invoice(number) {
  return (await workspace.must('invoices', 'show', number, '--json')).value;
}

function clean(...browsers) {
  for (const browser of browsers) assert.deepEqual(browser.trouble, []);
}

test('from a spreadsheet to paid invoices', async (t) => {
  const real = existsSync(ibm);
  if (!real)
    t.diagnostic(`SKIPPED the IBM file: ${ibm} is not here; the fixture of the project is used instead`);
  const file = real ? ibm : fixture;
  await workspace.must('init', '--name', 'Bakkerij De Korenaar', '--country', 'NL', '--currency', 'EUR');
  const mailbox = await workspace.mailbox();
  const servers = await workspace.serve();

  const office = await context({ viewport: { width: 1440, height: 900 } });
  const page = await office.newPage();
  await desk.firstRun(page, servers.desk);
  await desk.mailServer(page, mailbox.port);
  // Every invoice of the IBM file was settled years ago; without that column they are open.
  const numbers = await desk.importFile(page, file, { unused: real ? ['SettledDate'] : [] });
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  assert.match(numbers, new RegExp(rows.length.toLocaleString('nl-NL').replace('.', '\\.')));

  const number = real ? '0379-NEVHP' : '00101';
  await desk.customer(page, number);
  await desk.sendLink(page, 'inkoop@klant.example');
  await picture(page, 'desk-customer');
  const mail = await mailbox.next((one) => one.to.includes('inkoop@klant.example'));
  assert.match(mail.subject, /inloglink/i);

  const customer = await context({ viewport: { width: 1280, height: 900 } });
  const shop = await customer.newPage();
  await portal.openLink(shop, portal.linksIn(mail)[0]);
  await picture(shop, 'portal-account');
  const chosen = (await portal.shownNumbers(shop)).slice(0, 3);
  await portal.choose(shop, chosen);
  await picture(shop, 'portal-pay');

  // The desk watches its home page while the customer pays.
  await desk.visit(page, '/');
  await page.getByText('Wat er gebeurde').waitFor();
  await portal.pay(shop);
  await portal.result(shop, 'Betaald, dank u wel');
  await picture(shop, 'portal-paid');
  await page
    .getByText(/betaalde €/)
    .first()
    .waitFor();
  await picture(page, 'desk-live');
  const confirmation = await mailbox.next((one) => /Betaling ontvangen/.test(one.subject));
  for (const one of chosen)
    assert.ok(confirmation.text.includes(one), `the confirmation does not name ${one}`);

  assert.equal(await servers.stop(), 0);
  let paid = 0;
  for (const one of chosen) {
    const found = await invoice(one);
    assert.equal(found.status, 'paid');
    assert.equal(found.open, '0.00');
    paid += cents(found.total);
  }
  const { value: payments } = await workspace.must('payments', 'list', '--json');
  assert.equal(payments.length, 1);
  assert.deepEqual(
    [cents(payments[0].amount), payments[0].unapplied, payments[0].method],
    [paid, '0.00', 'ideal'],
  );
  await sound(workspace);
  clean(office, customer);
});

for (const [name, options] of [
  ['on a phone', phone],
  ['on a phone without JavaScript', { ...phone, javaScriptEnabled: false }],
]) {
  test(`a customer signs in with a code and pays ${name}`, async () => {
    const servers = await office();
    const mailbox = await workspace.mailbox();
    const at = await staff(servers, mailbox, '00101', 'inkoop@jansenbouw.example');
    const customer = await context(options);
    const page = await customer.newPage();
    await ask(page, servers, mailbox, 'inkoop@jansenbouw.example');
    assert.equal(await portal.openTotal(page), '€ 4.758,85');
    if (options.javaScriptEnabled !== false) {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `the account page is ${width} pixels wide on a screen of 390`);
    }
    await picture(page, `phone-account${options.javaScriptEnabled === false ? '-noscript' : ''}`);
    await portal.choose(page, ['2026-0401', '2026-0403', '2026-0405']);
    await portal.pay(page);
    await portal.result(page, 'Betaald, dank u wel');
    await picture(page, `phone-paid${options.javaScriptEnabled === false ? '-noscript' : ''}`);
    await page.goto(`${servers.portal}/`);
    assert.equal(await portal.openTotal(page), '€ 3.782,50');
    await servers.stop();
    for (const number of ['2026-0401', '2026-0403', '2026-0405'])
      assert.equal((await invoice(number)).status, 'paid');
    await sound(workspace);
    clean(customer, at.browser);
  });
}

test('lost webhooks: polling settles what was paid', async () => {
  const servers = await office();
  const sim = portal.simulator(servers.mollie);
  await sim.webhooks('drop');
  const mailbox = await workspace.mailbox();
  await staff(servers, mailbox, '00102', 'administratie@hoekje.example');
  const customer = await context(phone);
  const page = await customer.newPage();
  await ask(page, servers, mailbox, 'administratie@hoekje.example');
  await portal.choose(page, ['2026-0406', '2026-0407']);
  await page.locator('input[name=method][value=ideal]').check();
  await page.getByRole('button', { name: /^Betaal/ }).click();
  await page.waitForURL(/\/checkout\//);
  await customer.close(); // the payer never comes back
  const [payment] = await sim.payments();
  await sim.outcome(payment.id, 'paid');
  // The first to know is whoever asks: the confirmation says that the program has asked by itself.
  const confirmation = await mailbox.next((one) => /Betaling ontvangen/.test(one.subject), 90_000);
  assert.match(confirmation.text.replace(/\u00a0/g, ' '), /€ 452,21/);
  await servers.stop();
  for (const number of ['2026-0406', '2026-0407']) assert.equal((await invoice(number)).status, 'paid');
  await sound(workspace);
});

for (const [outcome, title] of [
  ['failed', 'De betaling is niet gelukt'],
  ['canceled', 'U hebt de betaling geannuleerd'],
  ['expired', 'De betaling is verlopen'],
]) {
  test(`a payment that ended ${outcome} leaves the invoices open`, async () => {
    const servers = await office();
    const mailbox = await workspace.mailbox();
    await staff(servers, mailbox, '00103', 'crediteuren@zuidwold.example');
    const customer = await context(phone);
    const page = await customer.newPage();
    await ask(page, servers, mailbox, 'crediteuren@zuidwold.example');
    await portal.choose(page, ['2026-0408']);
    await portal.pay(page, { outcome });
    await portal.result(page, title);
    await picture(page, `phone-${outcome}`);
    await servers.stop();
    const { value: payments } = await workspace.must('payments', 'list', '--json');
    assert.deepEqual(payments, []);
    assert.equal((await invoice('2026-0408')).open, '12340.99');
    await sound(workspace);
    clean(customer);
  });
}

test('a pay link pays one invoice, needs no sign-in and shows nothing else', async () => {
  await workspace.must('init', '--name', 'Bakkerij De Korenaar', '--country', 'NL', '--currency', 'EUR');
  await workspace.must('import', fixture);
  const { value: link } = await workspace.must('link', '--invoice', '2026-0404', '--json');
  const servers = await workspace.serve();
  const customer = await context(phone);
  const page = await customer.newPage();
  await page.goto(servers.portal + new URL(link.url).pathname);
  const text = await page.locator('main').textContent();
  assert.match(text, /2026-0404/);
  assert.doesNotMatch(text, /2026-040[^4]/);
  assert.deepEqual(await axe(page), []);
  await portal.pay(page);
  await portal.result(page, 'Betaald, dank u wel');
  const answer = await page.goto(`${servers.portal}/invoices`);
  assert.match(page.url(), /sign-in/, `without signing in, the invoices answered ${answer.status()}`);
  await servers.stop();
  assert.equal((await invoice('2026-0404')).status, 'paid');
  await sound(workspace);
  clean(customer);
});
