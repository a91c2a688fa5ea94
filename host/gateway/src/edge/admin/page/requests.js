// The latest requests of the ledger with their attempts; at first those that failed.
import { requests } from './api.js';
import { card, duration, field, fill, form, h, paged, pill, table, when } from './dom.js';

export const title = 'Requests';

const WHICH = {
  'failed=true': 'Those that failed', '': 'All', 'status=2xx': 'Status 2xx', 'status=4xx': 'Status 4xx', 'status=5xx': 'Status 5xx',
};
const PARTS = { user: 'User', model: 'Model', key: 'Id of the key', request_id: 'Id of the request' };

let which = 'failed=true';

/** What these parts of a request must be; one that is empty may be anything. */
const wanted = { user: '', model: '', key: '', request_id: '' };

export async function show() {
  const list = h('div');
  const load = async () => fill(list, await paged(page, draw));
  await load();
  return [h('div', { class: 'card' }, filters(load)), card('Latest first', list)];
}

function filters(load) {
  const choice = h('select', { onchange: () => { which = choice.value; choice.form.requestSubmit(); } },
    Object.entries(WHICH).map(([value, word]) => h('option', { value, selected: value === which }, word)));
  const part = ([name, word]) => {
    const input = h('input', { value: wanted[name], placeholder: 'any', autocomplete: 'off', oninput: () => { wanted[name] = input.value.trim(); } });
    return field(word, input);
  };
  return form('Show', load, field('Which', choice), ...Object.entries(PARTS).map(part));
}

async function page(cursor) {
  const query = new URLSearchParams(which);
  for (const [name, value] of Object.entries({ ...wanted, cursor, limit: 50 })) if (value) query.set(name, value);
  const { requests: rows, next } = await requests(query);
  return { rows, next };
}

function draw(rows) {
  return table('Requests', [
    ['When', (row) => when(row.time, 'medium')],
    ['Model', (row) => h('b', { class: 'code' }, row.model)],
    ['User', (row) => row.user, 'name'],
    ['Status', (row) => pill(String(row.status), row.status < 400 ? 'good' : 'bad'), 'short'],
    ['Why', (row) => row.error_code ?? row.class ?? row.ended, 'short'],
    ['Attempts', (row) => attempts(row.attempts), 'wide'],
    ['Took', (row) => duration(row.latency_ms), 'number'],
    ['Id', (row) => h('code', null, row.request_id)],
  ], rows, nothing());
}

function nothing() {
  if (Object.values(wanted).some(Boolean)) return 'There is no such request. Names and ids must be written in full.';
  return which === 'failed=true' ? 'Nothing has failed.' : 'There are no such requests yet.';
}

/** What was tried, in order. */
function attempts(tried) {
  return h('ol', { class: 'chain' }, tried.map((attempt) => h('li', null,
    h('div', { class: `target ${attempt.class ? 'bad' : 'good'}` },
      h('b', null, attempt.provider),
      h('span', { class: 'code' }, attempt.model),
      h('span', { class: 'muted' }, [attempt.class ?? 'answered', attempt.upstream_status, duration(attempt.duration_ms)].filter(Boolean).join(', '))))));
}
