// Users and keys: who there is, and changing that.
import { del, get, patch, post } from './api.js';
import { calmly, card, counted, credits, field, fill, form, h, pill, select, table, tell, when } from './dom.js';

export const title = 'Accounts';

/** How many users and keys are shown at a time. */
const MOST = 100;

/** What is looked for in each of the lists, and whether keys that were revoked are shown too. */
const sought = { users: '', keys: '' };
let withRevoked = false;

/** The secret of the key that was just made: it is shown until another page is opened. */
let fresh = null;

/** The key that is being changed. */
let chosen = null;

export async function show(me, again) {
  const may = me.roles.includes('accounts');
  const plans = (await get('plans')).data.map((plan) => plan.name);
  const users = searched('users', 'Search by name', (rows) => userTable(rows, plans, may, reload));
  const keys = searched('keys', 'Search by user, name, key or id', (rows) => keyTable(rows, may, reload, again), revokedToo);
  const reload = () => Promise.all([users.load(), keys.load()]);
  await reload();
  const [made, changed] = [fresh, chosen];
  fresh = chosen = null;
  return [
    made && secret(made),
    may && card('New user', newUser(plans, reload)),
    card('Users', users.content),
    may && changed && card(`Change ${changed.name} of ${changed.user}`, keyForm(changed, again)),
    may && !changed && card('New key', newKey(again)),
    card('Keys', keys.content),
  ];
}

/** A list with a search box, which is fetched anew while somebody types; `more(load)` gives further controls. */
function searched(kind, label, draw, more) {
  const list = h('div');
  let turn = 0;
  const load = async () => {
    const mine = ++turn;
    const query = { search: sought[kind].trim(), limit: MOST, active: kind === 'keys' && !withRevoked };
    const found = await get(`${kind}?${new URLSearchParams(Object.entries(query).filter(([, value]) => value))}`);
    if (mine !== turn) return;
    fill(list, draw(found.data), found.more && h('p', { class: 'muted' }, `There are more than these ${found.data.length}: search for the others.`));
  };
  const later = calmly(load);
  const search = h('input', { type: 'search', value: sought[kind], autocomplete: 'off', oninput: () => { sought[kind] = search.value; later(); } });
  return { load, content: [h('div', { class: 'search' }, field(label, search), more?.(load)), list] };
}

function revokedToo(load) {
  const box = h('input', { type: 'checkbox', checked: withRevoked, onchange: () => { withRevoked = box.checked; load(); } });
  return h('label', { class: 'beside' }, box, 'Revoked keys too');
}

function secret(made) {
  return h('section', { class: 'card', role: 'alert' },
    h('h2', null, `The key ${made.name} of ${made.user}`),
    h('p', null, 'Copy it now: it is not stored, and cannot be shown again.'),
    h('pre', { class: 'secret', tabindex: 0 }, made.key));
}

function newUser(plans, reload) {
  const [id, plan, credits] = [
    h('input', { required: true, maxlength: 255, autocomplete: 'off' }),
    select(plans, plans[0]),
    h('input', { type: 'number', step: 'any', value: 0 }),
  ];
  return form('Add', async () => {
    await post('users', { id: id.value, plan: plan.value, credits: Number(credits.value) });
    tell(`${id.value} was added.`);
    id.form.reset();
    await reload();
  }, field('Name', id), field('Plan', plan), field('Credits', credits));
}

function newKey(again) {
  const { name, terms, fields } = termFields();
  const user = h('input', { required: true, maxlength: 255, autocomplete: 'off', list: 'users' });
  const users = h('datalist', { id: 'users' });
  const suggest = async () => {
    const found = await get(`users?${new URLSearchParams({ search: user.value.trim(), limit: 20 })}`);
    fill(users, found.data.map(({ id }) => h('option', { value: id })));
  };
  user.addEventListener('focus', suggest, { once: true });
  user.addEventListener('input', calmly(suggest));
  return form('Make a key', async () => {
    fresh = await post('keys', { user: user.value.trim(), name: name.value, terms: terms() });
    again();
    scrollTo(0, 0);
  }, field('User', user), users, ...fields);
}

function keyForm(key, again) {
  const { name, terms, fields } = termFields(key);
  const leave = h('button', { type: 'button', onclick: again }, 'Leave it');
  return form('Change it', async () => {
    await patch(`keys/${encodeURIComponent(key.id)}`, { name: name.value, terms: terms() });
    tell(`${name.value} of ${key.user} was changed.`);
    again();
  }, ...fields, leave);
}

/** Fields for what a key may do, filled with what `key` may; `terms` reads them. */
function termFields(key) {
  const { expires_at: end, models = [], tags = [], limits = {}, budget = {}, on_exhausted: exhausted } = key?.terms ?? {};
  const text = (value, properties) => h('input', { maxlength: 255, autocomplete: 'off', value, ...properties });
  const number = (value, step) => h('input', { type: 'number', min: 0, step, value });
  const day = end ? lastDay(end).toISOString().slice(0, 10) : '';
  const name = text(key?.name, { required: true });
  const expires = h('input', { type: 'date', value: day });
  const [only, under] = [text(models.join(', '), { placeholder: 'all', maxlength: null }), text(tags.join(', '), { maxlength: null })];
  const instead = text(exhausted?.model, { placeholder: 'refuse' });
  const [minutely, hourly, daily] = [limits.per_minute, limits.per_hour, limits.per_day].map((most) => number(most, 1));
  const budgets = [budget.day, budget.month, budget.total].map((most) => number(most, 'any'));
  const list = (input) => input.value.split(',').map((part) => part.trim()).filter(Boolean);
  const amount = (input) => (input.value === '' ? null : Number(input.value));
  const terms = () => {
    const [per_day, per_month, total] = budgets.map(amount);
    return {
      // An end that is not that of a day stays as it is unless it is changed.
      ...(expires.value === day ? {} : { expires_at: expires.value || null }),
      models: list(only),
      tags: list(under),
      limits: { per_minute: amount(minutely), per_hour: amount(hourly), per_day: amount(daily) },
      budget: { day: per_day, month: per_month, total },
      on_exhausted: instead.value.trim() ? { model: instead.value.trim() } : 'deny',
    };
  };
  const fields = [
    field('What it is for', name), field('Last day, in UTC', expires),
    field('Models, by commas', only), field('Tags, by commas', under),
    field('Requests a minute', minutely), field('Requests an hour', hourly), field('Requests a day', daily),
    field('Credits a day', budgets[0]), field('Credits a month', budgets[1]), field('Credits in all', budgets[2]),
    field('Model once they are spent', instead),
  ];
  return { name, terms, fields };
}

function userTable(users, plans, may, reload) {
  const place = (user) => `users/${encodeURIComponent(user.id)}`;
  const done = (message) => { tell(message); return reload(); };
  const change = (user, what, message) => async () => { await patch(place(user), what); await done(message); };
  const plan = (user) => {
    if (!may) return user.plan;
    const choice = select(plans.includes(user.plan) ? plans : [user.plan, ...plans], user.plan);
    choice.setAttribute('aria-label', `Plan of ${user.id}`);
    choice.addEventListener('change', async () => {
      choice.blur();
      await change(user, { plan: choice.value }, `${user.id} has the plan ${choice.value}.`)();
    });
    return choice;
  };
  const add = async (user) => {
    const amount = prompt(`How many credits does ${user.id} get? A negative number takes some away.`, '10')?.trim();
    if (!amount) return;
    if (!Number.isFinite(Number(amount))) return tell(`“${amount}” is not a number: write one like 10, 1.5 or -3.`);
    const changed = await post(`${place(user)}/credits`, { amount: Number(amount) });
    await done(`${user.id} has ${changed.credits} credits.`);
  };
  const remove = async (user) => {
    if (!confirm(`Remove ${user.id}? Their keys are revoked, and their credits are gone.`)) return;
    await del(place(user));
    await done(`${user.id} was removed.`);
  };
  const actions = (user) => may && h('div', { class: 'row' },
    button('Add credits', user.id, () => add(user)),
    user.disabled_at
      ? button('Enable', user.id, change(user, { disabled: false }, `${user.id} is served again.`))
      : button('Disable', user.id, change(user, { disabled: true }, `${user.id} is refused from now on.`)),
    button('Remove', user.id, () => remove(user), 'danger'));
  return table('Users', [
    ['Name', (user) => h('b', null, user.id), 'name'],
    ['Plan', plan],
    ['Credits', (user) => user.credits, 'number'],
    ['State', (user) => (user.disabled_at ? pill('disabled', 'bad') : pill('active', 'good'))],
    ['Since', (user) => when(user.created_at)],
    ['', actions, 'actions'],
  ], users, sought.users.trim() ? 'No user has this in the name.' : 'There are no users yet.');
}

function keyTable(keys, may, reload, again) {
  const revoke = async (key) => {
    if (!confirm(`Revoke the key ${key.name} of ${key.user}?`)) return;
    await del(`keys/${encodeURIComponent(key.id)}`);
    tell(`${key.name} of ${key.user} was revoked.`);
    await reload();
  };
  const change = (key) => () => {
    chosen = key;
    again();
    scrollTo(0, 0);
  };
  const actions = (key) => may && !key.revoked_at && h('div', { class: 'row' },
    button('Change', `${key.name} of ${key.user}`, change(key)),
    button('Revoke', `${key.name} of ${key.user}`, () => revoke(key), 'danger'));
  return table('Keys', [
    ['User', (key) => h('b', null, key.user), 'name'],
    ['For', (key) => key.name, 'name'],
    ['Key and its id', (key) => h('div', null, h('div', null, h('code', null, `${key.key_prefix}…`)), h('code', { class: 'muted' }, key.id)), 'short'],
    ['Made', (key) => when(key.created_at)],
    ['Last used', (key) => when(key.last_used_at)],
    ['Terms', (key) => terms(key.terms, key.spent)],
    ['State', state, 'short'],
    ['', actions, 'actions'],
  ], keys, sought.keys.trim() ? 'No key has this.' : 'There are no keys yet.');
}

function state({ revoked_at: revoked, terms: { expires_at: end, budget }, spent }) {
  if (revoked) return pill('revoked', 'calm');
  if (end && Date.parse(end) <= Date.now()) return pill('expired', 'calm');
  const exhausted = PARTS.some(([part]) => budget[part] !== null && spent?.[part] >= budget[part]);
  return exhausted ? pill('spent', 'warn') : pill('active', 'good');
}

/** What a key may do on its own, in few words. */
function terms({ expires_at: end, models, tags, limits, budget, on_exhausted: exhausted }, spent) {
  const budgets = budgeted(budget, spent);
  const most = { per_minute: 'minute', per_hour: 'hour', per_day: 'day' };
  const requests = Object.entries(limits).filter(([, count]) => count !== null).map(([part, count]) => `${counted(count, 'request')} a ${most[part]}`);
  return [
    ...requests,
    ...budgets,
    budgets.length > 0 && exhausted.model && `then ${exhausted.model}`,
    models.length > 0 && `only ${models.join(', ')}`,
    tags.length > 0 && `tagged ${tags.join(', ')}`,
    end && `last day ${lastDay(end).toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })}`,
  ].filter(Boolean).join('; ') || null;
}

/** The parts of a budget, and their words without and with what was spent. */
const PARTS = [['day', 'a day', 'today'], ['month', 'a month', 'this month'], ['total', 'in all', 'in all']];

function budgeted(budget, spent) {
  return PARTS.filter(([part]) => budget[part] !== null).map(([part, each, now]) => {
    const most = counted(budget[part], 'credit');
    return spent ? `${credits(spent[part])} of ${most} ${now}` : `${most} ${each}`;
  });
}

/** The day that ends with this moment or has it, in UTC. */
function lastDay(end) {
  return new Date(Date.parse(end) - 1);
}

function button(word, of, onclick, kind) {
  return h('button', { type: 'button', class: kind, 'aria-label': `${word}: ${of}`, onclick }, word);
}
