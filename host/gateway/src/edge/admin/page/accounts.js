// Users and keys: who there is, and changing that.
import { del, get, patch, post } from './api.js';
import { card, field, h, pill, table, tell, when } from './dom.js';

export const title = 'Accounts';

/** The secret of the key that was just made: it is shown until another page is opened. */
let fresh = null;

/** The id of the key that is being changed. */
let chosen = null;

export async function show(me, again) {
  const [users, keys, plans] = await Promise.all([get('users'), get('keys'), get('plans')]);
  const may = me.roles.includes('accounts');
  const names = plans.data.map((plan) => plan.name);
  const made = fresh;
  fresh = null;
  const changed = keys.data.find((key) => key.id === chosen && !key.revoked_at);
  chosen = null;
  return [
    made && secret(made),
    may && card('New user', newUser(names, again)),
    card('Users', userTable(users.data, names, may, again)),
    may && changed && card(`Change ${changed.name} of ${changed.user}`, keyForm(changed, again)),
    may && !changed && users.data.length > 0 && card('New key', newKey(users.data, again)),
    card('Keys', keyTable(keys.data, may, again)),
  ];
}

function secret(made) {
  return h('section', { class: 'card', role: 'alert' },
    h('h2', null, `The key ${made.name} of ${made.user}`),
    h('p', null, 'Copy it now: it is not stored, and cannot be shown again.'),
    h('pre', { class: 'secret', tabindex: 0 }, made.key));
}

function newUser(plans, again) {
  const [id, plan, credits] = [
    h('input', { required: true, maxlength: 255, autocomplete: 'off' }),
    select(plans, plans[0]),
    h('input', { type: 'number', step: 'any', value: 0 }),
  ];
  return form('Add', async () => {
    await post('users', { id: id.value, plan: plan.value, credits: Number(credits.value) });
    tell(`${id.value} was added.`);
    again();
  }, field('Name', id), field('Plan', plan), field('Credits', credits));
}

function newKey(users, again) {
  const user = select(users.map(({ id }) => id));
  const { name, terms, fields } = termFields();
  return form('Make a key', async () => {
    fresh = await post('keys', { user: user.value, name: name.value, terms: terms() });
    again();
    scrollTo(0, 0);
  }, field('User', user), ...fields);
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
  // The end of a day is the beginning of the next one.
  const day = end ? new Date(Date.parse(end) - 1).toISOString().slice(0, 10) : '';
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
    field('What it is for', name), field('Last day', expires),
    field('Models, by commas', only), field('Tags, by commas', under),
    field('Requests a minute', minutely), field('Requests an hour', hourly), field('Requests a day', daily),
    field('Credits a day', budgets[0]), field('Credits a month', budgets[1]), field('Credits in all', budgets[2]),
    field('Model once they are spent', instead),
  ];
  return { name, terms, fields };
}

function userTable(users, plans, may, again) {
  const place = (user) => `users/${encodeURIComponent(user.id)}`;
  const done = (message) => { tell(message); again(); };
  const change = (user, what, message) => async () => { await patch(place(user), what); done(message); };
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
  const credits = async (user) => {
    const amount = prompt(`How many credits does ${user.id} get? A negative number takes some away.`, '10');
    if (amount === null || amount.trim() === '') return;
    const changed = await post(`${place(user)}/credits`, { amount: Number(amount) });
    done(`${user.id} has ${changed.credits} credits.`);
  };
  const remove = async (user) => {
    if (!confirm(`Remove ${user.id}? Their keys are revoked, and their credits are gone.`)) return;
    await del(place(user));
    done(`${user.id} was removed.`);
  };
  const actions = (user) => may && h('div', { class: 'row' },
    button('Add credits', user.id, () => credits(user)),
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
  ], users, 'There are no users yet.');
}

function keyTable(keys, may, again) {
  const revoke = async (key) => {
    if (!confirm(`Revoke the key ${key.name} of ${key.user}?`)) return;
    await del(`keys/${encodeURIComponent(key.id)}`);
    tell(`${key.name} of ${key.user} was revoked.`);
    again();
  };
  const change = (key) => () => {
    chosen = key.id;
    again();
    scrollTo(0, 0);
  };
  const actions = (key) => may && !key.revoked_at && h('div', { class: 'row' },
    button('Change', `${key.name} of ${key.user}`, change(key)),
    button('Revoke', `${key.name} of ${key.user}`, () => revoke(key), 'danger'));
  return table('Keys', [
    ['User', (key) => h('b', null, key.user), 'name'],
    ['For', (key) => key.name, 'name'],
    ['Key', (key) => h('code', null, `${key.key_prefix}…`), 'short'],
    ['Made', (key) => when(key.created_at)],
    ['Last used', (key) => when(key.last_used_at)],
    ['Terms', (key) => terms(key.terms)],
    ['State', state, 'short'],
    ['', actions, 'actions'],
  ], keys, 'There are no keys yet.');
}

function state(key) {
  if (key.revoked_at) return pill('revoked', 'calm');
  const expired = key.terms.expires_at && Date.parse(key.terms.expires_at) <= Date.now();
  return expired ? pill('expired', 'calm') : pill('active', 'good');
}

/** What a key may do on its own, in few words. */
function terms({ expires_at: end, models, tags, limits, budget, on_exhausted: exhausted }) {
  const budgets = Object.entries(budget).filter(([, most]) => most !== null).map(([part, most]) => `${counted(most, 'credit')} ${part === 'total' ? 'in all' : `a ${part}`}`);
  const most = { per_minute: 'minute', per_hour: 'hour', per_day: 'day' };
  const requests = Object.entries(limits).filter(([, count]) => count !== null).map(([part, count]) => `${counted(count, 'request')} a ${most[part]}`);
  return [
    ...requests,
    ...budgets,
    budgets.length > 0 && exhausted.model && `then ${exhausted.model}`,
    models.length > 0 && `only ${models.join(', ')}`,
    tags.length > 0 && `tagged ${tags.join(', ')}`,
    end && `until ${new Date(end).toLocaleDateString('en-GB', { dateStyle: 'medium' })}`,
  ].filter(Boolean).join('; ') || null;
}

function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function select(options, chosen) {
  return h('select', null, options.map((option) => h('option', { value: option, selected: option === chosen }, option)));
}

function button(word, of, onclick, kind) {
  return h('button', { type: 'button', class: kind, 'aria-label': `${word}: ${of}`, onclick }, word);
}

function form(word, submit, ...fields) {
  const send = h('button', { class: 'main' }, word);
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await submit();
    } catch (refusal) {
      tell(refusal.message);
    } finally {
      send.disabled = false;
    }
  };
  return h('form', { onsubmit }, ...fields, send);
}
