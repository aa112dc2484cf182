// Runs Mollie's official client against the simulator, for every endpoint that Voldaan uses. The client validates every
// answer strictly, so a field that is missing or of the wrong type fails here. Started by the Go test
// backend/pay/mollie/simulator (TestOfficialClient), which gives the simulator's address:
//
//   node conformance.mjs http://127.0.0.1:PORT
//
// Prints one line per check and ends with a non-zero status at the first that fails.
import assert from 'node:assert/strict';
import { Client } from 'mollie-api-typescript';
import { ErrorResponse } from 'mollie-api-typescript/models/errors';

const say = (line) => process.stdout.write(`${line}\n`);

const base = process.argv[2];
const noRetries = { retryConfig: { strategy: 'none' } };
const connect = (key) => new Client({ serverURL: base, security: { apiKey: key }, ...noRetries });
const mollie = connect('test_conformance0000000000');

async function control(path, body) {
  const res = await fetch(`${base}/_sim${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const out = await res.json();
  assert.equal(res.status, 200, `${path}: ${JSON.stringify(out)}`);
  return out;
}

async function refused(promise, status, field) {
  try {
    await promise;
  } catch (err) {
    assert.ok(err instanceof ErrorResponse, `expected an error in HAL, got ${err}`);
    assert.equal(err.status, status);
    assert.equal(err.field, field);
    assert.ok(err.title && err.detail && err.links.documentation.href);
    return;
  }
  assert.fail(`expected status ${status}`);
}

const order = (more = {}) => ({
  amount: { currency: 'EUR', value: '1210.00' },
  description: '2026-0412',
  redirectUrl: 'https://portal.example.org/paid',
  webhookUrl: 'https://portal.example.org/webhooks/mollie',
  method: 'ideal',
  locale: 'nl_NL',
  metadata: { attempt: 'att_1' },
  ...more,
});
const create = (more, idempotencyKey) =>
  mollie.payments.create({ paymentRequest: order(more), idempotencyKey });
const paid = async (more) => {
  const p = await create(more);
  await control(`/payments/${p.id}/outcome`, { status: 'paid', name: 'J. Jansen' });
  return mollie.payments.get({ paymentId: p.id });
};

const checks = {
  'payments.create': async () => {
    const p = await create();
    assert.match(p.id, /^tr_/);
    assert.equal(p.status, 'open');
    assert.equal(p.mode, 'test');
    assert.deepEqual(p.amount, { currency: 'EUR', value: '1210.00' });
    assert.equal(p.method, 'ideal');
    assert.deepEqual(p.metadata, { attempt: 'att_1' });
    assert.ok(p.links.checkout.href.startsWith(`${base}/checkout/`));
  },
  'payments.create without a method, in yen': async () => {
    const p = await create({
      method: undefined,
      locale: undefined,
      metadata: undefined,
      amount: { currency: 'JPY', value: '5000' },
    });
    assert.equal(p.method, null);
    assert.equal(p.amount.value, '5000');
  },
  'payments.create is idempotent': async () => {
    const one = await create({}, 'same-key');
    const two = await create({}, 'same-key');
    assert.equal(one.id, two.id);
  },
  'payments.create refuses': async () => {
    await refused(create({ amount: { currency: 'EUR', value: '10' } }), 422, 'amount');
    await refused(create({ amount: { currency: 'EUR', value: '0.00' } }), 422, 'amount');
    await refused(create({ amount: { currency: 'USD', value: '10.00' } }), 422, 'amount');
    await refused(create({ redirectUrl: '' }), 422, 'redirectUrl');
    await refused(create({ description: '' }), 422, 'description');
  },
  'payments.get in every state': async () => {
    for (const method of ['ideal', 'creditcard', 'bancontact', 'banktransfer', 'paypal']) {
      for (const status of ['paid', 'failed', 'canceled', 'expired', 'pending']) {
        const p = await create({ method });
        await control(`/payments/${p.id}/outcome`, { status });
        const got = await mollie.payments.get({ paymentId: p.id });
        assert.equal(got.status, method === 'banktransfer' && status === 'pending' ? 'open' : status);
        if (status === 'paid') {
          assert.ok(got.paidAt);
          assert.equal(got.amountRemaining.value, '1210.00');
          assert.equal(got.links.checkout, undefined);
        }
      }
    }
  },
  'payments.get of an unknown payment': () => refused(mollie.payments.get({ paymentId: 'tr_unknown' }), 404),
  'payments.get of another profile': async () => {
    const p = await create();
    await refused(connect('test_somebodyelse00000000').payments.get({ paymentId: p.id }), 404);
  },
  'payments.cancel': async () => {
    const p = await create({ method: 'banktransfer' });
    assert.equal(p.isCancelable, true);
    const gone = await mollie.payments.cancel({ paymentId: p.id });
    assert.equal(gone.status, 'canceled');
    assert.ok(gone.canceledAt);
    await refused(mollie.payments.cancel({ paymentId: p.id }), 422);
  },
  'payments.list, page by page': async () => {
    const first = await create();
    const second = await create();
    const page = (await mollie.payments.list({ limit: 1 })).result;
    assert.equal(page.count, 1);
    assert.equal(page.embedded.payments[0].id, second.id);
    const from = new URL(page.links.next.href).searchParams.get('from');
    const next = (await mollie.payments.list({ limit: 1, from })).result;
    assert.equal(next.embedded.payments[0].id, first.id);
    await refused(mollie.payments.list({ limit: 251 }), 400, 'limit');
  },
  'methods.list': async () => {
    const all = await mollie.methods.list({});
    assert.ok(all.embedded.methods.some((m) => m.id === 'ideal' && m.status === 'activated'));
    const dollars = await mollie.methods.list({ amount: { currency: 'USD', value: '10.00' } });
    assert.ok(dollars.count > 0 && !dollars.embedded.methods.some((m) => m.id === 'ideal'));
    const much = await mollie.methods.list({
      amount: { currency: 'EUR', value: '60000.00' },
      locale: 'nl_NL',
    });
    assert.deepEqual(
      much.embedded.methods.map((m) => m.description),
      ['Overboeking'],
    );
  },
  'methods.get': async () => {
    const m = await mollie.methods.get({ methodId: 'ideal' });
    assert.equal(m.minimumAmount.value, '0.01');
    await refused(mollie.methods.get({ methodId: 'swish' }), 404);
  },
  'refunds.create, get, list, cancel': async () => {
    const p = await paid();
    const refundRequest = {
      amount: { currency: 'EUR', value: '210.00' },
      description: 'credit',
      metadata: { key: 'k' },
    };
    const r = await mollie.refunds.create({ paymentId: p.id, refundRequest });
    assert.match(r.id, /^re_/);
    assert.equal(r.status, 'pending');
    assert.equal((await mollie.refunds.get({ paymentId: p.id, refundId: r.id })).amount.value, '210.00');
    const list = (await mollie.refunds.list({ paymentId: p.id })).result;
    assert.equal(list.embedded.refunds[0].id, r.id);
    assert.equal((await mollie.payments.get({ paymentId: p.id })).amountRefunded.value, '210.00');
    await refused(mollie.refunds.create({ paymentId: p.id, refundRequest }), 409);
    await refused(
      mollie.refunds.create({
        paymentId: p.id,
        refundRequest: { ...refundRequest, amount: { currency: 'EUR', value: '1000.01' } },
      }),
      422,
      'amount',
    );
    assert.ok((await mollie.refunds.all({})).result.count > 0);
    await mollie.refunds.cancel({ paymentId: p.id, refundId: r.id });
    const after = await mollie.payments.get({ paymentId: p.id });
    assert.equal(after.amountRefunded.value, '0.00');
    assert.equal(after.status, 'paid');
  },
  'refunds of an unknown payment': () => refused(mollie.refunds.list({ paymentId: 'tr_unknown' }), 404),
  'chargebacks.list, get': async () => {
    const p = await paid();
    const { id } = await control(`/payments/${p.id}/chargebacks`, {
      amount: { currency: 'EUR', value: '10.00' },
      reason: 'AM04',
    });
    const list = (await mollie.chargebacks.list({ paymentId: p.id })).result;
    assert.equal(list.embedded.chargebacks[0].id, id);
    const c = await mollie.chargebacks.get({ paymentId: p.id, chargebackId: id });
    assert.equal(c.reason.code, 'AM04');
    const charged = await mollie.payments.get({ paymentId: p.id });
    assert.equal(charged.status, 'paid');
    assert.equal(charged.amountChargedBack.value, '10.00');
    await control(`/payments/${p.id}/chargebacks/${id}/reverse`, {});
    assert.ok((await mollie.chargebacks.get({ paymentId: p.id, chargebackId: id })).reversedAt);
    assert.ok((await mollie.chargebacks.all({})).result.count > 0);
  },
  'too many requests and outages are errors in HAL': async () => {
    await control('/faults', { match: 'GET /v2/payments/', kind: 'status', status: 429 });
    await refused(mollie.payments.get({ paymentId: 'tr_x' }), 429);
    await control('/faults', { match: 'POST /v2/payments', kind: 'status', status: 503 });
    await refused(create(), 503);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    say(`ok   ${name}`);
  } catch (err) {
    say(`FAIL ${name}\n${err.stack ?? err}\n${err.pretty?.() ?? ''}`);
    process.exit(1);
  }
}
say(`${Object.keys(checks).length} checks passed`);
