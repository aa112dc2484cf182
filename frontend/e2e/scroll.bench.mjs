// The desk's invoices with 100,000 rows: how long the page stands still while a person scrolls through the whole grid,
// and how long the first rows, a jump, a typed search and a big customer's page take. `make bench` prints it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as desk from './desk.mjs';
import { closeBrowser, context, user, Workspace } from './harness.mjs';

/** scroll moves the grid 600 times, by so many pixels or (0) by a 600th of it, and measures the frames. Runs in the page. */
async function scroll(step) {
  const view = document.querySelector('.ag-grid-viewport');
  const gaps = [];
  const steps = 600;
  let last = performance.now();
  for (let i = 1; i <= steps; i++) {
    view.scrollTop = step ? i * step : (view.scrollHeight * i) / steps;
    await new Promise(requestAnimationFrame);
    gaps.push(performance.now() - last);
    last = performance.now();
  }
  gaps.sort((a, b) => a - b);
  const at = (q) => Math.round(gaps[Math.min(steps - 1, Math.floor(steps * q))]);
  return { median: at(0.5), p95: at(0.95), worst: at(1) };
}

const rows = 100_000;
const say = (line) => process.stdout.write(`${line}\n`);
const workspace = new Workspace();
try {
  const lines = ['Debiteurnummer;Naam;E-mail;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Valuta'];
  for (let i = 0; i < rows; i++) {
    const k = i % 50 === 0 ? 0 : 1 + (i % 499); // customer 0 has 2,000 invoices
    lines.push(
      `${String(k).padStart(5, '0')};Klant ${k};klant${k}@example.nl;F${String(i).padStart(6, '0')};05-01-2026;14-02-2026;${20 + (i % 900)},50;EUR`,
    );
  }
  const file = join(workspace.home, 'open.csv');
  writeFileSync(file, lines.join('\r\n'));
  await workspace.must('init', '--name', 'Groot', '--country', 'NL', '--currency', 'EUR', '--quiet');
  workspace.env.VOLDAAN_USER_PASSWORD = user.password;
  await workspace.must('user', 'add', '--email', user.email, '--name', user.name, '--role', 'admin');
  await workspace.must('import', file, '--quiet');
  const servers = await workspace.serve();
  const profile = await context({ viewport: { width: 1440, height: 900 } });
  const page = await profile.newPage();
  page.setDefaultTimeout(60_000);
  await desk.signIn(page, servers.desk, user.email, user.password);

  const timed = async (what, act) => {
    const start = performance.now();
    await act();
    say(`${what}: ${Math.round(performance.now() - start)} ms`);
  };
  await timed('the first rows', async () => {
    await desk.visit(page, '/invoices');
    await page.locator('.ag-row').first().waitFor();
  });
  await timed('until the grid knows its length', () =>
    page.waitForFunction(() => document.querySelector('.ag-grid-viewport').scrollHeight > 1_000_000),
  );
  for (const [how, step] of [
    ['a hundred pixels a frame, as a wheel does', 100],
    ['through the whole grid, every row new in every frame', 0],
  ])
    say(`${how}, ms between frames: ${JSON.stringify(await page.evaluate(scroll, step))}`);
  await timed('the last rows after that', () =>
    page.waitForFunction(() =>
      [...document.querySelectorAll('.ag-row')].some(
        (r) => Number(r.getAttribute('row-index')) > 99_900 && /F\d{6}/.test(r.textContent),
      ),
    ),
  );
  await timed('the customers', async () => {
    await desk.visit(page, '/customers');
    await page.locator('.ag-row').first().waitFor();
  });
  await timed('the page of a customer with 2,000 open invoices', async () => {
    await desk.customer(page, '00000');
    await page
      .getByText(/F0\d{5}/)
      .first()
      .waitFor();
  });
  const find = async (text) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(text, { delay: 20 });
    await page.getByRole('option').filter({ hasText: text }).first().waitFor();
    await page.keyboard.press('Escape');
  };
  await find('F000001'); // the index is built by then
  await timed('a search, typed in 140 ms', () => find('F099998'));
  if (profile.trouble.length) say(`trouble: ${profile.trouble}`);
} finally {
  await closeBrowser();
  await workspace.close();
}
