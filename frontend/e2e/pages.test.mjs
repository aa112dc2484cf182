// Every page of the portal and of the desk, on the sample firm: axe finds nothing, nothing is fetched from elsewhere, no
// script fails, and the portal's first page is light.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as desk from './desk.mjs';
import { axe, closeBrowser, context, picture, Workspace } from './harness.mjs';
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

/** visitor is a signed-in customer of the sample firm. */
async function visitor(options, number = '10002') {
  const customer = await context(options);
  const page = await customer.newPage();
  const link = await workspace.signInLink(servers, number);
  await portal.openLink(page, link);
  return { customer, page };
}

for (const [name, debtor, options] of [
  ['phone', 0, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
  ['computer', 1, { viewport: { width: 1280, height: 900 } }],
]) {
  test(`portal on a ${name}: axe finds nothing on any page`, async () => {
    const stranger = await context(options);
    const door = await stranger.newPage();
    const wrong = [];
    const look = async (page, path) => {
      if (path) await page.goto(servers.portal + path);
      for (const line of await axe(page)) wrong.push(`${new URL(page.url()).pathname}: ${line}`);
    };
    await look(door, '/sign-in');
    await door.getByLabel('E-mailadres').fill('iemand@nergens.example');
    await door.getByRole('button', { name: 'Stuur mij een inloglink' }).click();
    await door.getByLabel(/6 cijfers/).waitFor();
    await look(door);
    await look(door, '/l/this-link-is-no-longer-there-000000000000000');
    await look(door, '/nowhere');

    const { customer, page } = await visitor(options, (await workspace.debtors(servers))[debtor]);
    await look(page, '/');
    await picture(page, `sample-account-${name}`);
    const paths = await page.evaluate(() =>
      [...document.querySelectorAll('nav a, .sections a')].map(
        (a) => new URL(a.href).pathname + new URL(a.href).search,
      ),
    );
    for (const path of new Set(paths)) await look(page, path);
    await look(page, '/invoices?show=all');
    await page.locator('.cards a').first().click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await look(page);
    await look(page, '/invoices?show=paid');
    await page.locator('.cards a').first().click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await look(page);
    await picture(page, `sample-paid-invoice-${name}`);
    await look(page, '/payments');
    const receipt = page.locator('main a[href*="/receipts/"], main a[href*="/payments/"]').first();
    if (await receipt.count()) {
      await receipt.click();
      await look(page);
    }
    await page.goto(`${servers.portal}/pay?all=1&c=EUR`);
    await look(page);
    await picture(page, `sample-pay-${name}`);
    await page.goto(servers.portal);
    await portal.choose(page, (await portal.shownNumbers(page)).slice(0, 1));
    await portal.pay(page);
    await portal.result(page, 'Betaald, dank u wel');
    await look(page);
    assert.deepEqual(wrong, []);
    assert.deepEqual([...stranger.trouble, ...customer.trouble], []);
  });
}

test('the first page of the portal is under 100 KB', async () => {
  const { page } = await visitor({ viewport: { width: 390, height: 844 } });
  let bytes = 0;
  const sizes = [];
  page.on('requestfinished', (request) => {
    sizes.push(
      request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
        bytes += responseBodySize + responseHeadersSize;
      }),
    );
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.goto(servers.portal, { waitUntil: 'networkidle' });
  await Promise.all(sizes);
  assert.ok(bytes > 2_000 && bytes < 100_000, `${bytes} bytes`);
});

test('desk: axe finds nothing on any page', async () => {
  const staff = await context({ viewport: { width: 1440, height: 900 } });
  const page = await staff.newPage();
  const wrong = [];
  const look = async (name) => {
    await page.waitForTimeout(400); // the grid draws in steps
    // The grid's column of tick boxes has no words in its header; its boxes have their own names.
    for (const line of await axe(page, { exclude: ['.ag-header-cell[col-id^=ag-Grid-Selection]'] }))
      wrong.push(`${name}: ${line}`);
  };
  await page.goto(servers.desk);
  await page.getByLabel('E-mailadres').waitFor();
  await look('sign-in');
  await desk.signIn(page, servers.desk, servers.email, servers.password);
  for (const path of ['/', '/customers', '/invoices', '/payments', '/imports', '/outbox', '/settings']) {
    await desk.visit(page, path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await look(path);
  }
  for (const section of ['firm', 'branding', 'portal', 'mollie', 'mail', 'users', 'backup', 'account']) {
    await desk.visit(page, `/settings/${section}`);
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await look(`/settings/${section}`);
  }
  await desk.customer(page, '10002');
  await look('customer');
  await picture(page, 'sample-customer');
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/^Zoek een klant/).waitFor();
  await look('palette');
  assert.deepEqual(wrong, []);
  assert.deepEqual(staff.trouble, []);
});
