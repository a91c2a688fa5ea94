// The page for operators, as a reader uses it: signing in, every page on wide and narrow screens in both colour schemes,
// and the changes that are made on it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { open } from './browser.mjs';

const { ADMIN, ADMIN_CONFIG, ADMIN_DATABASE, ADMIN_PLUGINS, SCREENSHOTS } = process.env;

/** Its holder may do everything but read secrets. */
const TOKEN = 'let-ada-in';

const PAGES = ['overview', 'providers', 'models', 'plugins', 'live', 'requests', 'usage', 'accounts', 'playground', 'audit'];
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

let upstream;
const keys = {};
const held = [];

async function call(method, path, body, key = TOKEN) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(ADMIN + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

function chat(model, key, more) {
  return call('POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hello' }], ...more }, key);
}

/** An upstream that is overloaded for one model, and holds the others' streams open. */
function serve(request, response) {
  let text = '';
  request.on('data', (piece) => { text += piece; });
  request.on('end', () => {
    if (JSON.parse(text).model !== 'patient') {
      response.writeHead(503, { 'content-type': 'application/json' });
      return response.end('{"error":{"message":"too busy"}}');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"index":0,"delta":{"content":"So"}}]}\n\n');
    held.push(response);
  });
}

async function until(what, is) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const found = await what();
    if (is(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come about in time');
}

before(async () => {
  upstream = createServer(serve);
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const config = await readFile(ADMIN_CONFIG, 'utf8');
  await writeFile(ADMIN_CONFIG, config.replaceAll('http://127.0.0.1:9', `http://127.0.0.1:${upstream.address().port}`));
  assert.equal((await call('POST', '/admin/api/reload', {})).body.rejected, null);
  for (const [user, plan] of [['ada', 'max'], ['bob', 'free'], ['<b>eve</b>', 'free']]) {
    await call('POST', '/admin/api/users', { id: user, plan, credits: 25 });
    keys[user] = (await call('POST', '/admin/api/keys', { user, name: 'laptop' })).body.key;
  }
  const asked = ['ada', 'ada', 'bob', 'ada', '<b>eve</b>'].flatMap((user) => ['small', 'large', 'small'].map((model) => [model, keys[user]]));
  for (let round = 0; round < 8; round += 1) {
    await Promise.all(asked.map(([model, key]) => chat(model, key)));
  }
  await chat('broken', keys.bob);
  const usage = () => call('GET', '/admin/api/usage?by=user');
  const total = asked.length * 8;
  await until(usage, ({ body }) => body.data.reduce((sum, row) => sum + row.requests, 0) === total + 1);
  // As if they had come over the last weeks, and none were part of the sums by day.
  const spread = `import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=20)
database.execute("UPDATE ledger SET time = time - 86400000 * (rowid * rowid % 23)")
database.execute("UPDATE ledger_summed SET until = 0")
database.commit()`;
  execFileSync('python3', ['-c', spread, ADMIN_DATABASE]);
  const { data: days } = (await call('GET', '/admin/api/usage?by=day')).body;
  assert.ok(days.length > 10, JSON.stringify(days));
});

after(() => {
  held.forEach((response) => response.destroy());
  upstream.closeAllConnections();
  upstream.close();
});

/** The page after signing in, with `#name` chosen. */
async function signedIn(name, viewport, more = {}) {
  const opened = await open(`/admin#${name}`, viewport, { base: ADMIN, ...more });
  await opened.page.getByLabel('Token').fill(TOKEN);
  await opened.page.getByRole('button', { name: 'Sign in' }).click();
  await opened.page.getByRole('link', { name: 'Overview' }).waitFor();
  return opened;
}

async function choose(page, name) {
  const title = name[0].toUpperCase() + name.slice(1);
  await page.getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByText('Loading …').waitFor({ state: 'detached' });
}

/** A picture of the whole page once nothing moves in it. */
async function picture(page, name) {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: 'disabled' });
}

for (const [screen, viewport] of [['wide', WIDE], ['narrow', NARROW]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`every page is shown on a ${screen} screen in ${colorScheme}`, async () => {
      const waiting = chat('patient', keys.ada, { stream: true }).catch(() => {});
      await until(() => call('GET', '/admin/api/live'), ({ body }) => body.data.some((request) => request.stream));
      const { page, elsewhere, faults, close } = await signedIn('overview', viewport, { colorScheme });
      try {
        for (const name of PAGES) {
          await choose(page, name);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= viewport.width, `${name} is ${width} px wide`);
          const nameless = await page.locator('button, input, select, textarea').evaluateAll((controls) =>
            controls.filter((control) => !(control.getAttribute('aria-label') || control.textContent.trim() || control.labels?.length)).map((control) => control.outerHTML));
          assert.deepEqual(nameless, [], `${name} has controls without a name`);
          if (name === 'playground') await tryOut(page);
          if (name === 'overview') await page.getByRole('cell', { name: /config\.yaml$/ }).waitFor();
          if (name === 'overview') await page.getByText('Requests are').waitFor();
          if (name === 'providers') await page.getByRole('img', { name: /^Latency of echo in the last \d+ minutes: at last \d+ ms/ }).locator('canvas').waitFor();
          await picture(page, `admin-${name}-${screen}-${colorScheme}`);
        }
        assert.deepEqual(elsewhere, []);
        assert.deepEqual(faults, []);
      } finally {
        await close();
        held.splice(0).forEach((response) => response.destroy());
        await waiting;
      }
    });
  }
}

/** A request whose first target is overloaded. */
async function tryOut(page) {
  await page.getByLabel('Model').selectOption('careful');
  await page.getByLabel('Key of a user').fill(keys.ada);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Attempts' }).waitFor();
  await page.getByText('overloaded').first().waitFor();
  await page.getByRole('heading', { name: 'Answer' }).waitFor();
  // What was exchanged with the overloaded one; the other needs no upstream.
  const exchange = page.locator('details.exchange');
  assert.equal(await exchange.count(), 1);
  const shown = await exchange.textContent();
  for (const part of ['busy', '/chat/completions', '"Hello"', '503', 'too busy']) assert.ok(shown.includes(part), shown);
  assert.ok(!shown.includes('sk-test'), shown);
  await page.getByRole('heading', { name: 'Attempts' }).evaluate((heading) => heading.parentElement.scrollIntoView());
}

test('a wrong token opens nothing, and a role that is missing hides what it is for', async () => {
  const { page, close } = await open('/admin', WIDE, { base: ADMIN });
  try {
    await page.getByLabel('Token').fill('let-me-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('not a token of this gateway').waitFor();
    await page.getByLabel('Token').fill('let-watch-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('watch: read').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Reload the files' }).count(), 0);
    await choose(page, 'accounts');
    assert.equal(await page.getByRole('button', { name: 'Make a key' }).count(), 0);
    await choose(page, 'plugins');
    assert.equal(await page.getByRole('heading', { name: 'Upload a plugin' }).count(), 0);
    assert.deepEqual(await page.evaluate(() => document.cookie), '');
  } finally {
    await close();
  }
});

test('a user and a key are made, changed and removed, and markup in names is text', async () => {
  const { page, faults, close } = await signedIn('accounts', WIDE);
  page.on('dialog', (dialog) => dialog.accept(dialog.type() === 'prompt' ? '7' : undefined));
  try {
    await page.getByRole('cell', { name: '<b>eve</b>' }).first().waitFor();
    await page.getByLabel('Name', { exact: true }).fill('zoë');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Add credits: zoë' }).click();
    await page.getByText('zoë has 7 credits.').waitFor();
    await page.getByRole('combobox', { name: /^User/ }).fill('zoë');
    await page.getByLabel('What it is for').fill('ci');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const secret = await page.locator('.secret').textContent();
    assert.equal((await chat('small', secret)).status, 200);
    await page.getByRole('button', { name: 'Change: ci of zoë' }).click();
    await page.getByRole('heading', { name: 'Change ci of zoë' }).waitFor();
    await page.getByLabel('Models, by commas').fill('careful');
    await page.getByLabel('Credits a month').fill('2.5');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText(/2\.5 credits (a|this) month; only careful$/).waitFor();
    assert.equal((await chat('small', secret)).status, 403);
    await page.getByRole('button', { name: 'Change: ci of zoë' }).click();
    await page.getByRole('heading', { name: 'Change ci of zoë' }).waitFor();
    assert.equal(await page.getByLabel('Models, by commas').inputValue(), 'careful');
    await page.getByLabel('Models, by commas').fill('');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText(/2\.5 credits (a|this) month$/).waitFor();
    assert.equal((await chat('small', secret)).status, 200);
    await page.getByRole('button', { name: 'Disable: zoë' }).click();
    await page.getByText('zoë is refused from now on.').waitFor();
    await until(() => chat('small', secret), ({ status }) => status === 401);
    await page.getByRole('button', { name: 'Remove: zoë' }).click();
    await page.getByText('zoë was removed.').waitFor();
    await choose(page, 'audit');
    await page.getByText('user.remove').first().waitFor();
    // In credits; and a change tells no name that it left as it was.
    await page.getByText('terms.budget.month: 2.5').first().waitFor();
    assert.equal(await page.getByText('name: ci', { exact: true }).count(), 1);
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a list is searched while somebody types, and an amount that is no number is not sent', async () => {
  const { page, faults, close } = await signedIn('accounts', WIDE);
  page.on('dialog', (dialog) => dialog.accept('1,5'));
  try {
    const search = page.getByLabel('Search by user, name, key or id');
    const answer = page.waitForResponse((response) => response.url().includes('/keys?search=bob&'));
    await search.pressSequentially('bob');
    await answer;
    await page.getByRole('button', { name: 'Change: laptop of bob' }).waitFor();
    assert.ok(await search.evaluate((input) => input === document.activeElement));
    await page.getByRole('button', { name: 'Add credits: bob' }).click();
    await page.getByText('“1,5” is not a number').waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('requests are selected by user, and a stream has an answer', async () => {
  const { page, faults, close } = await signedIn('requests', WIDE);
  try {
    await page.getByLabel('Which').selectOption('All');
    await page.getByRole('button', { name: 'Older' }).click();
    const rows = page.locator('tbody tr');
    await until(() => rows.count(), (count) => count > 50);
    await page.getByLabel('User', { exact: true }).fill('bob');
    await page.getByRole('button', { name: 'Show' }).click();
    await until(() => rows.filter({ hasNot: page.getByRole('cell', { name: 'bob', exact: true }) }).count(), (count) => count === 0);
    await choose(page, 'playground');
    await page.getByLabel('Model').selectOption('small');
    await page.getByLabel('Key of a user').fill(keys.ada);
    await page.getByLabel('As a stream').check();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('section', { has: page.getByRole('heading', { name: 'Answer' }) }).getByText('Hello', { exact: true }).waitFor();
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a plugin is refused, uploaded, and the one before put back', async () => {
  const file = `${ADMIN_PLUGINS}/echo.wasm`;
  const before = await readFile(file);
  // A custom section makes it another content.
  const after = Buffer.concat([before, Buffer.from([0, 6, 4]), Buffer.from('mark'), Buffer.from([1])]);
  const { page, faults, close } = await signedIn('plugins', WIDE);
  page.on('dialog', (dialog) => dialog.accept());
  const upload = async (buffer) => {
    await page.getByLabel('Component (.wasm)').setInputFiles({ name: 'echo.wasm', mimeType: 'application/wasm', buffer });
    await page.getByRole('button', { name: /^Try it/ }).click();
  };
  try {
    await upload(Buffer.from('broken'));
    await page.getByText('nothing was changed').waitFor();
    await upload(after);
    await page.getByText(/^echo .* is in force in generation/).waitFor({ timeout: 60_000 });
    assert.deepEqual(await readFile(file), after);
    await page.getByRole('button', { name: 'Versions: echo' }).click();
    await page.getByRole('heading', { name: 'Versions of echo' }).waitFor();
    await page.locator('#told').filter({ hasText: /./ }).waitFor({ state: 'detached', timeout: 20_000 });
    await picture(page, 'admin-versions-wide-light');
    await page.getByRole('button', { name: /^Put back/ }).click();
    await until(() => readFile(file), (content) => content.equals(before));
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('a stream is ended by hand', async () => {
  const ended = chat('patient', keys.ada, { stream: true }).catch(() => {});
  const { page, close } = await signedIn('live', WIDE);
  try {
    await page.getByRole('button', { name: 'End request' }).first().click();
    await page.getByText('was ended').waitFor();
    await ended;
    await page.getByText('Nothing is in flight.').waitFor();
  } finally {
    await close();
  }
});

/** A chunk of the upstream that is asked for `patient`. */
function chunk(delta, finish = null) {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
}

/** Sends a chat to the upstream that holds its streams open, up to its first word; the upstream's answer. */
async function begun(page) {
  held.length = 0;
  await page.getByRole('button', { name: 'Send' }).click();
  await answerOf(page).getByText('So', { exact: true }).waitFor();
  await page.getByText('coming', { exact: true }).waitFor();
  await attemptSaid(page, 'answering').waitFor();
  await page.getByRole('heading', { name: 'Attempts' }).waitFor();
  return held[0];
}

function answerOf(page) {
  return page.locator('section', { has: page.getByRole('heading', { name: 'Answer', exact: true }) });
}

/** An attempt of which this is said. Cells of a narrow screen's table have no role. */
function attemptSaid(page, word) {
  return page.locator('table[aria-label="Attempts"] .pill', { hasText: new RegExp(`^${word}$`) });
}

/** Demands that the playground says of an answer that it ended so, and nothing else. */
async function outcome(page, word) {
  const tile = page.locator('.tile').filter({ hasText: 'Outcome' });
  await tile.getByText(word, { exact: true }).waitFor();
  assert.equal(await tile.textContent(), `Outcome${word}`);
  assert.equal(await attemptSaid(page, 'answered').count(), word === 'finished' ? 1 : 0);
  assert.ok(await page.getByRole('button', { name: 'Stop' }).isDisabled());
}

for (const [screen, viewport, colorScheme] of [['wide', WIDE, 'light'], ['narrow', NARROW, 'dark']]) {
  test(`a streamed answer grows, is stopped, and breaks off on a ${screen} screen`, async () => {
    const { page, elsewhere, faults, close } = await signedIn('playground', viewport, { colorScheme });
    const shown = async (name) => {
      await page.getByRole('button', { name: 'Send' }).evaluate((button) => button.scrollIntoView());
      await picture(page, `admin-playground-${name}-${screen}-${colorScheme}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= viewport.width, `${name} is ${width} px wide`);
    };
    try {
      await page.getByLabel('Model').selectOption('patient');
      await page.getByLabel('Key of a user').fill(keys.ada);
      await page.getByLabel('As a stream').check();
      // It grows, piece by piece, and comes to its end.
      let upstreams = await begun(page);
      upstreams.write(chunk({ content: ' far, <b>so</b> good' }));
      await answerOf(page).getByText('So far, <b>so</b> good', { exact: true }).waitFor();
      await shown('coming');
      upstreams.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
      await outcome(page, 'finished');
      assert.equal(await page.getByRole('alert').count(), 0);
      // It is stopped: what had come stays, and the upstream is left.
      upstreams = await begun(page);
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('heading', { name: 'You stopped it' }).waitFor();
      await outcome(page, 'stopped');
      await answerOf(page).getByText('So', { exact: true }).waitFor();
      await until(() => upstreams.destroyed, Boolean);
      await shown('stopped');
      // The upstream's connection is cut.
      upstreams = await begun(page);
      upstreams.write(chunk({ content: ' it ends' }));
      await answerOf(page).getByText('So it ends', { exact: true }).waitFor();
      upstreams.destroy();
      await page.getByRole('heading', { name: 'The answer broke off' }).waitFor();
      await outcome(page, 'failed');
      await page.getByRole('alert').getByText('The stream broke off: busy').waitFor();
      await answerOf(page).getByText('So it ends', { exact: true }).waitFor();
      await shown('failed');
      // The upstream says in its stream that it failed.
      upstreams = await begun(page);
      upstreams.end('data: {"error":{"message":"tired","code":500}}\n\n');
      await page.getByRole('heading', { name: 'The answer broke off' }).waitFor();
      await outcome(page, 'failed');
      // The reader goes elsewhere.
      upstreams = await begun(page);
      await choose(page, 'models');
      await until(() => upstreams.destroyed, Boolean);
      assert.deepEqual(elsewhere, []);
      assert.deepEqual(faults, []);
    } finally {
      held.splice(0).forEach((response) => response.destroy());
      await close();
    }
  });
}

test('an answer of which the gateway does not say how it ended is not taken for whole', async () => {
  const { page, faults, close } = await signedIn('playground', WIDE);
  const piece = { text: 'data: {"choices":[{"delta":{"content":"So"}}]}\n\n' };
  const events = [['answer', { status: 200, headers: [] }], ['piece', piece]];
  const body = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  try {
    await page.route('**/admin/api/playground', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { name: 'The answer broke off' }).waitFor();
    await outcome(page, 'failed');
    await answerOf(page).getByText('So', { exact: true }).waitFor();
    await page.unroute('**/admin/api/playground');
    // Nor is one whose connection is cut.
    await page.evaluate((text) => {
      const [bytes, real] = [new TextEncoder().encode(text), window.fetch];
      window.fetch = (path, request) => {
        if (!path.endsWith('/playground')) return real(path, request);
        window.fetch = real;
        const start = (stream) => stream.enqueue(bytes);
        const pull = (stream) => stream.error(new TypeError('network error'));
        return Promise.resolve(new Response(new ReadableStream({ start, pull })));
      };
    }, body);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('The connection to the gateway was cut.').waitFor();
    await outcome(page, 'failed');
    await answerOf(page).getByText('So', { exact: true }).waitFor();
    // Neither is one that is refused.
    await page.getByLabel('Key of a user').fill('rk_of_nobody');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { name: 'The answer is an error' }).waitFor();
    await outcome(page, 'failed');
    assert.deepEqual(faults, []);
  } finally {
    await close();
  }
});

test('what an answer says is found in each dialect, wherever it is cut', async () => {
  const { page, close } = await open('/admin', WIDE, { base: ADMIN });
  const stream = (...objects) => objects.map((object) => `data: ${JSON.stringify(object)}\n\n`).join('');
  const answers = [
    [stream({ choices: [{ delta: { content: 'Hé' } }] }, { choices: [{ delta: { content: 'y' } }] }, { error: { message: 'tired' } }), 'Héy', 'tired'],
    [stream({ type: 'content_block_delta', delta: { text: 'Héy' } }, { type: 'error', error: { message: 'tired' } }), 'Héy', 'tired'],
    [stream({ candidates: [{ content: { parts: [{ text: 'hm', thought: true }, { text: 'Héy' }] } }] }, { error: { message: 'tired' } }), 'Héy', 'tired'],
    [stream({ type: 'response.output_text.delta', delta: 'Héy' }, { type: 'response.failed', response: { error: { message: 'tired' } } }), 'Héy', 'tired'],
    [stream({ type: 'response.output_text.delta', delta: 'Héy' }, { type: 'error', message: 'tired' }), 'Héy', 'tired'],
    [stream({ type: 'response.output_text.delta', delta: 'Héy' }, { type: 'response.completed', response: { error: null } }), 'Héy', null],
    [JSON.stringify({ choices: [{ message: { content: 'Héy' } }] }), 'Héy', null],
    [JSON.stringify({ content: [{ text: 'Héy' }] }), 'Héy', null],
    [JSON.stringify([{ candidates: [{ content: { parts: [{ text: 'Hé' }] } }] }, { candidates: [{ content: { parts: [{ text: 'y' }] } }] }]), 'Héy', null],
    [JSON.stringify({ error: null, output: [{ type: 'message', content: [{ text: 'Héy' }] }] }), 'Héy', null],
    ['nothing of the kind', '', null],
  ];
  try {
    for (const [text, says, error] of answers) {
      for (const size of [1, 7, text.length]) {
        const read = await page.evaluate(async ([text, size]) => {
          const { Answer } = await import('/admin/page/answer.js');
          const answer = new Answer();
          let said = '';
          for (let at = 0; at < text.length; at += size) said += answer.add(text.slice(at, at + size));
          return [said + answer.end(), answer.error, answer.body];
        }, [text, size]);
        assert.deepEqual(read, [says, error, text]);
      }
    }
  } finally {
    await close();
  }
});

test('a change that was rejected is shown with its place and its remedy', async () => {
  const config = await readFile(ADMIN_CONFIG, 'utf8');
  await writeFile(ADMIN_CONFIG, config.replace('adapter: echo', 'adaptor: echo'));
  const { page, close } = await signedIn('overview', WIDE);
  try {
    await page.getByRole('button', { name: 'Reload the files' }).click();
    await page.getByRole('heading', { name: 'A change was rejected' }).waitFor();
    await page.getByText('did you mean "adapter"?').waitFor();
    await picture(page, 'admin-rejected-wide-light');
  } finally {
    await close();
    await writeFile(ADMIN_CONFIG, config);
  }
});
