// Users and keys: who there is, and changing that.
import { del, get, patch, post } from './api.js';
import { card, field, h, pill, table, tell, when } from './dom.js';

export const title = 'Accounts';

/** The secret of the key that was just made: it is shown until another page is opened. */
let fresh = null;

export async function show(me, again) {
  const [users, keys, plans] = await Promise.all([get('users'), get('keys'), get('plans')]);
  const may = me.roles.includes('accounts');
  const names = plans.data.map((plan) => plan.name);
  const made = fresh;
  fresh = null;
  return [
    made && secret(made),
    may && card('New user', newUser(names, again)),
    card('Users', userTable(users.data, names, may, again)),
    may && users.data.length > 0 && card('New key', newKey(users.data, again)),
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
  const text = (properties) => h('input', { maxlength: 255, autocomplete: 'off', ...properties });
  const credits = () => h('input', { type: 'number', min: 0, step: 'any' });
  const [user, name, expires] = [select(users.map((user) => user.id)), text({ required: true }), h('input', { type: 'date' })];
  const [models, tags, instead] = [text({ placeholder: 'all' }), text(), text({ placeholder: 'refuse' })];
  const [day, month, total] = [credits(), credits(), credits()];
  const count = () => h('input', { type: 'number', min: 0, step: 1 });
  const [minutely, daily] = [count(), count()];
  const list = (input) => input.value.split(',').map((part) => part.trim()).filter(Boolean);
  const amount = (input) => (input.value === '' ? null : Number(input.value));
  return form('Make a key', async () => {
    const terms = {
      expires_at: expires.value || null,
      models: list(models),
      tags: list(tags),
      limits: { per_minute: amount(minutely), per_day: amount(daily) },
      budget: { day: amount(day), month: amount(month), total: amount(total) },
      on_exhausted: instead.value.trim() ? { model: instead.value.trim() } : 'deny',
    };
    fresh = await post('keys', { user: user.value, name: name.value, terms });
    again();
    scrollTo(0, 0);
  },
  field('User', user), field('What it is for', name), field('Last day', expires),
  field('Models, by commas', models), field('Tags, by commas', tags),
  field('Requests a minute', minutely), field('Requests a day', daily),
  field('Credits a day', day), field('Credits a month', month), field('Credits in all', total),
  field('Model once they are spent', instead));
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
    ['Name', (user) => h('b', null, user.id)],
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
  return table('Keys', [
    ['User', (key) => h('b', null, key.user)],
    ['For', (key) => key.name],
    ['Key', (key) => h('code', null, `${key.key_prefix}…`)],
    ['Made', (key) => when(key.created_at)],
    ['Last used', (key) => when(key.last_used_at)],
    ['Terms', (key) => terms(key.terms)],
    ['State', state],
    ['', (key) => may && !key.revoked_at && button('Revoke', `${key.name} of ${key.user}`, () => revoke(key), 'danger'), 'actions'],
  ], keys, 'There are no keys yet.');
}

function state(key) {
  if (key.revoked_at) return pill('revoked', 'calm');
  const expired = key.terms.expires_at && Date.parse(key.terms.expires_at) <= Date.now();
  return expired ? pill('expired', 'calm') : pill('active', 'good');
}

/** What a key may do on its own, in few words. */
function terms({ expires_at: end, models, tags, limits, budget, on_exhausted: exhausted }) {
  const budgets = Object.entries(budget).filter(([, most]) => most !== null).map(([part, most]) => `${most} credits ${part === 'total' ? 'in all' : `a ${part}`}`);
  const most = { per_minute: 'minute', per_hour: 'hour', per_day: 'day' };
  const requests = Object.entries(limits).filter(([, count]) => count !== null).map(([part, count]) => `${count} requests a ${most[part]}`);
  return [
    ...requests,
    ...budgets,
    budgets.length > 0 && exhausted.model && `then ${exhausted.model}`,
    models.length > 0 && `only ${models.join(', ')}`,
    tags.length > 0 && `tagged ${tags.join(', ')}`,
    end && `until ${new Date(end).toLocaleDateString('en-GB', { dateStyle: 'medium' })}`,
  ].filter(Boolean).join('; ') || null;
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
