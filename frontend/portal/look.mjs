// Looks at every page of a running portal in Chromium: phone and desktop, light and dark, with and without JavaScript.
// axe must find nothing, the console must stay silent, nothing may stick out of a 390 px screen, and the first page must
// weigh less than 100 KB. Pictures go to the folder given.
//
//   node portal/look.mjs plan.json      {"base", "out", "steps": [{"name", "path", "check"?, "open"?, "press"?, "type"?, "copies"?, "end"?, "weigh"?}]}
//
// The last line on stdout is a JSON report; the exit code is 1 when something is wrong.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
mkdirSync(plan.out, { recursive: true });

const wrong = [];
const weights = {};
const screens = [
  { name: "phone", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  { name: "desktop", viewport: { width: 1280, height: 860 } },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function check(page, what) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) wrong.push(`${what}: ${wide} px stick out to the right`);
  // axe runs in an isolated world through the debugger, so the content security policy stays on.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const world = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  const run = (expression) => session.send("Runtime.evaluate", { expression, contextId: world.executionContextId, awaitPromise: true, returnByValue: true });
  await run(`${axe};undefined`);
  const { result } = await run(`axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then(r => JSON.stringify(r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target + " " + n.failureSummary).slice(0, 3).join(" | "))))`);
  for (const v of JSON.parse(result.value)) wrong.push(`${what}: axe: ${v}`);
  await session.detach();
}

async function walk(screen, scheme, lang) {
  const { name, ...options } = screen;
  const context = await browser.newContext({ ...options, colorScheme: scheme, locale: lang, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  page.on("console", (m) => { if (m.type() === "error" && !/status of (4|5)\d\d/.test(m.text())) wrong.push(`${name} ${scheme}: console: ${m.text()} at ${page.url()}`); });
  page.on("pageerror", (e) => wrong.push(`${name} ${scheme}: ${e}`));
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  let bytes = 0;
  cdp.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
  const leaves = [];
  page.on("request", (r) => { if (!r.url().startsWith(plan.base) && !plan.elsewhere?.some((o) => r.url().startsWith(o))) leaves.push(r.url()); });
  for (const step of plan.steps) {
    if (step.only && step.only !== `${name}-${scheme}`) continue;
    bytes = 0;
    if (step.path) await page.goto(plan.base + (step.path[`${name}-${scheme}`] ?? step.path), { waitUntil: "load" });
    if (step.check) await page.locator(step.check).first().check();
    if (step.open) await page.locator(step.open).first().click();
    if (step.press) {
      await page.locator(step.press).first().click();
      await page.waitForLoadState("load");
    }
    if (step.type) {
      await page.locator(step.type[0]).fill(step.type[1]);
      await page.locator(step.type[2]).first().waitFor({ state: "detached", timeout: 5000 }).catch(() => wrong.push(`${name} ${scheme}: typing ${step.type[1]} changed nothing`));
    }
    for (const [i, text] of (step.copies ?? []).entries()) {
      const button = page.locator("button[data-copy]").nth(i);
      await button.focus();
      await page.keyboard.press("Enter");
      await page.locator("#copied", { hasText: await button.getAttribute("data-done") }).waitFor({ timeout: 5000 });
      const got = await page.evaluate(() => navigator.clipboard.readText());
      if (!new RegExp(`^${text}$`).test(got)) wrong.push(`${name} ${scheme}: button ${i} copied ${got}, not ${text}`);
    }
    if (step.end) await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(250);
    if (step.weigh && !weights[step.name]) weights[step.name] = bytes;
    if (!step.name) continue;
    await check(page, `${step.name} ${name} ${scheme}`);
    await page.screenshot({ path: join(plan.out, `${step.name}-${name}-${scheme}.png`), fullPage: step.full !== false });
  }
  for (const url of leaves) wrong.push(`${name} ${scheme}: asked another site: ${url}`);
  await context.close();
}

for (const screen of screens) for (const scheme of ["light", "dark"]) await walk(screen, scheme, plan.lang ?? "nl-NL");
await browser.close();

for (const [name, b] of Object.entries(weights)) if (b > 100_000) wrong.push(`${name} weighs ${b} bytes`);
console.log(JSON.stringify({ weights, wrong }, null, 1));
process.exit(wrong.length > 0 ? 1 : 0);
