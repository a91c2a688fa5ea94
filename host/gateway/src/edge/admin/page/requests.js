// The latest requests of the ledger with their attempts; at first those that failed.
import { requests } from './api.js';
import { card, duration, field, h, pill, table, when } from './dom.js';

export const title = 'Requests';

let failed = true;

export async function show(me, again) {
  const page = await requests(`limit=50${failed ? '&failed=true' : ''}`);
  const which = h('select', { onchange: () => { failed = which.value === 'failed'; which.blur(); again(); } },
    h('option', { value: 'failed', selected: failed }, 'Those that failed'),
    h('option', { value: 'all', selected: !failed }, 'All'));
  return [
    h('div', { class: 'card' }, h('form', null, field('Which', which))),
    card('Latest first', table('Requests', [
      ['When', (row) => when(row.time)],
      ['Model', (row) => h('b', { class: 'code' }, row.model)],
      ['User', (row) => row.user, 'name'],
      ['Status', (row) => pill(String(row.status), row.status < 400 ? 'good' : 'bad'), 'short'],
      ['Why', (row) => row.error_code ?? row.class ?? row.ended, 'name'],
      ['Attempts', (row) => attempts(row.attempts), 'wide'],
      ['Took', (row) => duration(row.latency_ms), 'number'],
      ['Id', (row) => h('code', null, row.request_id)],
    ], page.requests, failed ? 'Nothing has failed.' : 'There are no requests yet.')),
  ];
}

/** What was tried, in order. */
function attempts(tried) {
  return h('ol', { class: 'chain' }, tried.map((attempt) => h('li', null,
    h('div', { class: `target ${attempt.class ? 'bad' : 'good'}` },
      h('b', null, attempt.provider),
      h('span', { class: 'code' }, attempt.model),
      h('span', { class: 'muted' }, [attempt.class ?? 'answered', attempt.upstream_status, duration(attempt.duration_ms)].filter(Boolean).join(', '))))));
}
