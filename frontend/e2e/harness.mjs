// What every journey needs: the real program on a data folder of its own, a real SMTP server, a real browser, axe, and
// hledger. Nothing here is a stand-in for a part of Voldaan.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const exec = promisify(execFile);
const binary = process.env.VOLDAAN_BIN ?? join(root, 'build/bin/voldaan');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const out = join(root, 'frontend/e2e/out');
mkdirSync(out, { recursive: true });

export const ibm = join(root, '../shared/corpus/tables/ibm_watson_accounts_receivable.csv');

/** user is the member of staff of every journey. */
export const user = { name: 'Jan de Vries', email: 'jan@example.nl', password: 'een heel lang wachtwoord' };

/** Workspace is a data folder and everything that runs on it; close() ends and removes it. */
export class Workspace {
  constructor() {
    this.home = mkdtempSync(join(tmpdir(), 'voldaan-e2e-'));
    this.data = join(this.home, 'data');
    this.env = {
      ...process.env,
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, 'config'),
      XDG_DATA_HOME: join(this.home, 'share'),
      VOLDAAN_PASSPHRASE: 'only for this test',
      DISPLAY: '',
      TZ: 'Europe/Amsterdam',
    };
    this.closers = [];
  }

  /** run runs a command of the program and gives its exit code, output and, with --json, the document. */
  async run(...args) {
    const json = args.includes('--json');
    try {
      const { stdout, stderr } = await exec(binary, ['--data', this.data, ...args], {
        env: this.env,
        maxBuffer: 64 << 20,
      });
      return { code: 0, stdout, stderr, value: json ? JSON.parse(stdout) : undefined };
    } catch (error) {
      if (typeof error.code !== 'number') throw error;
      return {
        code: error.code,
        stdout: error.stdout,
        stderr: error.stderr,
        value: json ? tryJSON(error.stdout) : undefined,
      };
    }
  }

  /** must is run that throws unless the command succeeds. */
  async must(...args) {
    const result = await this.run(...args);
    if (result.code !== 0)
      throw new Error(
        `voldaan ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`,
      );
    return result;
  }

  /** serve starts the servers and answers when they say that they are ready: {portal, desk, mollie, stop, log}. */
  serve(...args) {
    return this.start(
      'serve',
      '--portal',
      '127.0.0.1:0',
      '--desk',
      '127.0.0.1:0',
      '--mollie',
      'simulator',
      ...args,
    );
  }

  /** demo starts the sample firm: {portal, desk, mollie, sign_in, email, password, stop, log}. */
  demo() {
    Object.assign(this.env, { VOLDAAN_PORTAL: '127.0.0.1:0', VOLDAAN_DESK: '127.0.0.1:0' });
    return this.start('demo', '--no-window', '--json');
  }

  async start(...args) {
    const log = [];
    const child = spawn(binary, ['--data', this.data, ...args], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
    child.stderr.on('data', (chunk) => log.push(chunk));
    const ready = await Promise.race([
      firstLine(child.stdout),
      ended.then((code) => {
        throw new Error(`voldaan ${args[0]} ended with ${code}\n${Buffer.concat(log)}`);
      }),
    ]);
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return ended;
    };
    this.closers.push(stop);
    return { ...JSON.parse(ready), stop, log: () => Buffer.concat(log).toString() };
  }

  /** staff calls the staff API of a running sample firm. */
  async staff(servers, method, path, body) {
    const call = async (method, path, body) => {
      const answer = await fetch(`${servers.desk}/api/v1${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(this.token && { authorization: `Bearer ${this.token}` }),
        },
        body: body && JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    this.token ??= (
      await call('POST', '/auth/sign-in', { email: servers.email, password: servers.password })
    ).token;
    return call(method, path, body);
  }

  /** signInLink makes a sign-in link for a customer of a running sample firm. */
  async signInLink(servers, number) {
    const { items } = await this.staff(servers, 'GET', `/search?q=${number}&limit=5`);
    const id = items.find((hit) => hit.type === 'customer').id;
    return (await this.staff(servers, 'POST', `/customers/${id}/sign-in-link`, {})).url;
  }

  /** debtors are the numbers of customers who owe euros, the most overdue first: the sample firm's differ from day to day. */
  async debtors(servers) {
    const { items } = await this.staff(
      servers,
      'GET',
      '/customers?filter=overdue&currency=EUR&sort=-overdue',
    );
    return items.map((customer) => customer.number);
  }

  /** mailbox starts an SMTP server and collects what it accepts. */
  async mailbox() {
    const child = spawn(await sink(), { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const mails = [];
    let wake = () => {};
    const port = await new Promise((done) => {
      lines.once('line', (line) => {
        lines.on('line', (text) => {
          mails.push(JSON.parse(text));
          wake();
        });
        done(JSON.parse(line).port);
      });
    });
    this.closers.push(async () => child.stdin.end());
    /** next waits for a mail that matches, and takes it. */
    const next = async (matches, patience = 20_000) => {
      const until = Date.now() + patience;
      for (;;) {
        const at = mails.findIndex(matches);
        if (at >= 0) return mails.splice(at, 1)[0];
        if (Date.now() > until)
          throw new Error(`no such mail came; waiting are: ${mails.map((mail) => mail.subject).join(' | ')}`);
        await new Promise((done) => {
          wake = done;
          setTimeout(done, 200);
        });
      }
    };
    return { port, mails, next };
  }

  async close() {
    for (const closer of this.closers.reverse()) await closer();
    rmSync(this.home, { recursive: true, force: true });
  }
}

let built;
function sink() {
  const path = join(root, 'build/.cache/bin/smtp-sink');
  built ??= exec('go', ['build', '-o', path, './backend/mail/mailtest/sink'], { cwd: root });
  return built.then(() => path);
}

function firstLine(stream) {
  return new Promise((done) => createInterface({ input: stream }).once('line', done));
}

function tryJSON(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let browser;

/** context opens a fresh browser profile; its pages fail the test on script errors and on anything from elsewhere. */
export async function context(options = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const made = await browser.newContext({ locale: 'nl-NL', timezoneId: 'Europe/Amsterdam', ...options });
  made.setDefaultTimeout(20_000);
  made.trouble = [];
  made.on('weberror', (error) => made.trouble.push(`script error: ${error.error().message}`));
  made.on('console', (message) => {
    if (message.type() === 'error' && /Content.Security.Policy|Refused to/i.test(message.text()))
      made.trouble.push(message.text());
  });
  made.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.hostname !== '127.0.0.1')
      made.trouble.push(`fetched from elsewhere: ${url.host}`);
  });
  return made;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** picture keeps a screenshot in e2e/out. */
export async function picture(page, name) {
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
}

/** axe lists what axe-core finds wrong on the page, in words. */
export async function axe(page, { exclude = [] } = {}) {
  // A stamp that is still landing is paler than it will be.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect.getTiming().iterations !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished.catch(() => {})),
    ),
  );
  await page.evaluate(axeSource);
  const found = await page.evaluate(
    (skip) =>
      globalThis.axe.run(skip.length ? { exclude: skip } : document, {
        resultTypes: ['violations'],
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
      }),
    exclude,
  );
  return found.violations.map(
    (violation) =>
      `${violation.id} (${violation.impact}): ${violation.help}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
  );
}

/** cents is an amount of the command line ("1210.00") as a whole number. */
export const cents = (amount) => Math.round(Number(amount) * 100);

/** balances are the customers' balances by the program: "number EUR" -> cents owed, credit taken off. */
export async function balances(workspace) {
  const { value } = await workspace.must('customers', 'list', '--json');
  return Object.fromEntries(
    value
      .map((line) => [`${line.number} ${line.currency}`, cents(line.open) - cents(line.credit)])
      .filter(([, sum]) => sum !== 0),
  );
}

/** secondOpinion exports the books and asks the real hledger for the same balances. */
export async function secondOpinion(workspace) {
  const file = join(workspace.home, 'books.journal');
  await workspace.must('export', 'ledger', '--format', 'hledger', '-o', file);
  await exec('hledger', ['-f', file, 'check', '--strict']);
  const { stdout } = await exec(
    'hledger',
    ['-f', file, 'balance', 'assets:receivable', '--flat', '--no-total', '-O', 'json'],
    { maxBuffer: 64 << 20 },
  );
  const found = {};
  for (const [account, , , amounts] of JSON.parse(stdout)[0]) {
    const number = account.split(':')[2];
    for (const { acommodity, aquantity } of amounts) {
      const key = `${number} ${acommodity}`;
      found[key] = (found[key] ?? 0) + Math.round(aquantity.floatingPoint * 100);
    }
  }
  return Object.fromEntries(Object.entries(found).filter(([, sum]) => sum !== 0));
}

/** sound proves the books: verify --deep is clean and hledger agrees with every balance. */
export async function sound(workspace) {
  const { code, value } = await workspace.run('verify', '--deep', '--json');
  assert.deepEqual(
    value.checks.filter((check) => !check.ok),
    [],
    'verify found something',
  );
  assert.equal(code, 0);
  assert.deepEqual(await secondOpinion(workspace), await balances(workspace));
}
