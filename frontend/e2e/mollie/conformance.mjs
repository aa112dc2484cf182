// Runs Mollie's official client against the simulator, for every endpoint that Voldaan uses. The client validates every
// answer strictly, so a field that is missing or of the wrong type fails here. Started by the Go test
// backend/pay/mollie/simulator (TestOfficialClient), which gives the simulator's address:
//
//   node conformance.mjs http://127.0.0.1:PORT
//
// Prints one line per check and ends with a non-zero status at the first that fails.
import assert from 'node:assert/strict';
import { Client } from 'mollie-api-typescript';
import { ClientDefaultError, ErrorResponse } from 'mollie-api-typescript/models/errors';

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
    if (err instanceof ClientDefaultError) {
      // The published API does not list this status for the call; its client then hands over the answer as it came.
      const hal = JSON.parse(err.body);
      assert.deepEqual([err.statusCode, hal.status, hal.field], [status, status, field]);
      assert.ok(hal.title && hal.detail && hal._links.documentation.href);
      return;
    }
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

const customer = (more = {}) =>
  mollie.customers.create({
    entityCustomer: { name: 'Bakkerij De Korenaar', email: 'boekhouding@korenaar.example', ...more },
  });
const mandate = (customerId, more = {}) =>
  mollie.mandates.create({
    customerId,
    mandateRequest: {
      method: 'directdebit',
      consumerName: 'J. Jansen',
      consumerAccount: 'NL91ABNA0417164300',
      ...more,
    },
  });
const collect = (customerId, mandateId, idempotencyKey) =>
  create(
    { customerId, mandateId, sequenceType: 'recurring', method: undefined, redirectUrl: null },
    idempotencyKey,
  );

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
  'customers.create, get, list': async () => {
    const c = await customer({ metadata: { customer: 'cus_1' }, locale: 'nl_NL' });
    assert.match(c.id, /^cst_/);
    assert.equal(c.email, 'boekhouding@korenaar.example');
    const got = await mollie.customers.get({ customerId: c.id });
    assert.deepEqual(got.metadata, { customer: 'cus_1' });
    assert.ok((await mollie.customers.list({})).result.embedded.customers.some((x) => x.id === c.id));
    await refused(mollie.customers.get({ customerId: 'cst_unknown' }), 404);
    await refused(customer({ email: 'nobody' }), 422, 'email');
  },
  'a first payment with iDEAL gives a mandate for direct debit': async () => {
    const c = await customer();
    const p = await create({ customerId: c.id, sequenceType: 'first' });
    assert.equal(p.sequenceType, 'first');
    assert.equal(p.customerId, c.id);
    const pending = await mollie.mandates.get({ customerId: c.id, mandateId: p.mandateId });
    assert.equal(pending.status, 'pending');
    await control(`/payments/${p.id}/outcome`, {
      status: 'paid',
      name: 'J. Jansen',
      iban: 'NL91ABNA0417164300',
    });
    const valid = await mollie.mandates.get({ customerId: c.id, mandateId: p.mandateId });
    assert.equal(valid.status, 'valid');
    assert.equal(valid.method, 'directdebit');
    assert.equal(valid.details.consumerAccount, 'NL91ABNA0417164300');
    assert.match(valid.signatureDate, /^\d{4}-\d\d-\d\d$/);
    const broken = await create({ customerId: c.id, sequenceType: 'first' });
    await control(`/payments/${broken.id}/outcome`, { status: 'canceled' });
    const none = await mollie.mandates.get({ customerId: c.id, mandateId: broken.mandateId });
    assert.equal(none.status, 'invalid');
    assert.equal((await mollie.mandates.list({ customerId: c.id })).result.count, 2);
    assert.equal((await mollie.customers.listPayments({ customerId: c.id })).result.count, 2);
  },
  'a first payment of nothing stores a card': async () => {
    const c = await customer();
    const nothing = { currency: 'EUR', value: '0.00' };
    const p = await create({
      customerId: c.id,
      sequenceType: 'first',
      method: 'creditcard',
      amount: nothing,
    });
    await control(`/payments/${p.id}/outcome`, { status: 'paid', name: 'J. Jansen' });
    const m = await mollie.mandates.get({ customerId: c.id, mandateId: p.mandateId });
    assert.equal(m.method, 'creditcard');
    assert.equal(m.details.cardNumber, '6787');
    await refused(create({ customerId: c.id, sequenceType: 'first', amount: nothing }), 422, 'amount');
    await refused(create({ sequenceType: 'first' }), 422, 'customerId');
    await refused(create({ customerId: c.id, sequenceType: 'first', method: 'banktransfer' }), 422, 'method');
  },
  'recurring: a card is charged at once, a direct debit on its day': async () => {
    const c = await customer();
    const card = await create({ customerId: c.id, sequenceType: 'first', method: 'creditcard' });
    await control(`/payments/${card.id}/outcome`, { status: 'paid' });
    const charged = await collect(c.id, card.mandateId);
    assert.equal(charged.status, 'paid');
    assert.equal(charged.mandateId, card.mandateId);
    assert.equal(charged.redirectUrl ?? null, null);
    const iban = await mandate(c.id);
    const debit = await collect(c.id, iban.id);
    assert.equal(debit.status, 'pending');
    assert.equal(debit.method, 'directdebit');
    await control('/advance', { duration: '168h' });
    const done = await mollie.payments.get({ paymentId: debit.id });
    assert.equal(done.status, 'paid');
    assert.equal(done.details.consumerAccount, 'NL91ABNA0417164300');
  },
  'recurring: a refused collection says why': async () => {
    const c = await customer();
    const iban = await mandate(c.id);
    await control(`/customers/${c.id}/mandates/${iban.id}`, { next: ['AM04'] });
    const p = await collect(c.id, iban.id);
    await control('/advance', { duration: '168h' });
    const failed = await mollie.payments.get({ paymentId: p.id });
    assert.equal(failed.status, 'failed');
    assert.equal(failed.details.bankReasonCode, 'AM04');
    assert.equal((await collect(c.id, iban.id)).status, 'pending');
  },
  'recurring is idempotent, and needs a valid mandate': async () => {
    const c = await customer();
    const iban = await mandate(c.id);
    const one = await collect(c.id, iban.id, 'collect-1');
    const two = await collect(c.id, iban.id, 'collect-1');
    assert.equal(one.id, two.id);
    await mollie.mandates.revoke({ customerId: c.id, mandateId: iban.id });
    await refused(mollie.mandates.get({ customerId: c.id, mandateId: iban.id }), 404);
    await refused(collect(c.id, iban.id), 422, 'mandateId');
  },
  'mandates.create refuses': async () => {
    const c = await customer();
    await refused(mandate(c.id, { consumerAccount: 'NL91' }), 422, 'consumerAccount');
    await refused(mandate(c.id, { method: 'creditcard' }), 422, 'method');
  },
  'customers.delete takes the mandates with it': async () => {
    const c = await customer();
    const iban = await mandate(c.id);
    await mollie.customers.delete({ customerId: c.id });
    await refused(mollie.customers.get({ customerId: c.id }), 410);
    await refused(mollie.mandates.get({ customerId: c.id, mandateId: iban.id }), 410);
    await refused(mollie.mandates.list({ customerId: c.id }), 410);
    await refused(collect(c.id, iban.id), 410);
  },
  'methods.list for a first payment': async () => {
    const found = await mollie.methods.list({ sequenceType: 'first' });
    const ids = found.embedded.methods.map((m) => m.id);
    assert.ok(ids.includes('ideal') && ids.includes('creditcard') && !ids.includes('banktransfer'));
    const recurring = await mollie.methods.list({ sequenceType: 'recurring' });
    assert.ok(recurring.embedded.methods.some((m) => m.id === 'directdebit'));
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
