// Visits the simulator's checkout as payers do: on a 390 px phone, without JavaScript, light and dark, in every
// language; axe must find nothing. Started by the Go test backend/pay/mollie/simulator (TestCheckoutInABrowser):
//
//   node checkout.mjs http://127.0.0.1:PORT /usr/bin/chromium
//
// Prints one line per check and ends with a non-zero status when one fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const say = (line) => process.stdout.write(`${line}\n`);

const [base, executablePath] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function payment(more) {
  const res = await fetch(`${base}/v2/payments`, {
    method: 'POST',
    headers: { Authorization: 'Bearer test_checkoutcheckout', 'Content-Type': 'application/json' },
    body: JSON.stringify({
      amount: { currency: 'EUR', value: '3431.05' },
      description: 'Bakkerij De Korenaar 2026-0412, 2026-0455',
      redirectUrl: `${base}/?back`,
      ...more,
    }),
  });
  const p = await res.json();
  return { checkout: p._links.checkout.href, status: async () => (await read(p.id)).status };
}

const read = async (id) =>
  (
    await fetch(`${base}/v2/payments/${id}`, { headers: { Authorization: 'Bearer test_checkoutcheckout' } })
  ).json();

const phone = { width: 390, height: 844 };

async function sound(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(
    violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`),
    [],
    name,
  );
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= phone.width, `${name}: ${width} px wide`);
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: phone, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    const noise = [];
    page.on('console', (m) => noise.push(m.text()));
    for (const locale of ['nl_NL', 'en_GB', 'fr_FR', 'de_DE']) {
      for (const method of ['ideal', undefined]) {
        const { checkout } = await payment({ locale, method });
        await page.goto(checkout);
        await sound(page, `${locale} ${method ?? 'choice of method'} ${colorScheme}`);
        assert.equal(await page.getAttribute('html', 'lang'), locale.slice(0, 2));
      }
    }
    await page.goto(`${base}/`);
    await sound(page, `list of payments ${colorScheme}`);
    assert.deepEqual(noise, []);
    await context.close();
    say(`ok   ${colorScheme}: four languages, axe finds nothing, nothing is wider than the phone`);
  }

  const context = await browser.newContext({ viewport: phone, javaScriptEnabled: false });
  const page = await context.newPage();
  for (const [index, outcome] of ['paid', 'failed', 'canceled', 'expired', 'pending'].entries()) {
    const p = await payment({ locale: 'nl_NL' });
    await page.goto(p.checkout);
    await page.getByRole('radio').first().check(); // iDEAL
    await page.getByRole('button').click();
    await page.getByRole('radio').nth(index).check();
    await page.getByRole('button').click();
    assert.equal(new URL(page.url()).search, '?back', `${outcome}: sent back to the shop`);
    assert.equal(await p.status(), outcome);
    await page.goto(p.checkout);
    const text = await page.textContent('main');
    assert.ok(
      outcome === 'pending' || text.includes('Terug naar de winkel'),
      `${outcome}: a finished payment cannot be paid again`,
    );
  }
  say('ok   without JavaScript: every outcome');
} finally {
  await browser.close();
}
