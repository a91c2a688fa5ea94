// The requests in flight on this node, and ending one.
import { get, post } from './api.js';
import { card, duration, h, pill, table, tell, when } from './dom.js';

export const title = 'Live';
export const every = 2000;

export async function show(me, again) {
  const { data } = await get('live');
  const end = async (request) => {
    await post(`live/${request.number}/end`, {});
    tell(`Request ${request.id} was ended.`);
    again();
  };
  return card('In flight on this node', table('Requests in flight', [
    ['Model', (row) => h('b', { class: 'code' }, row.model ?? '–')],
    ['User', (row) => row.user],
    ['Endpoint', (row) => h('code', null, row.endpoint)],
    ['Kind', (row) => pill(row.stream ? 'stream' : 'whole')],
    ['Running for', (row) => duration(row.running_ms), 'number'],
    ['Since', (row) => when(row.started_at)],
    ['Id', (row) => h('code', null, row.id)],
    ['', (row) => me.roles.includes('operate') && h('button', {
      type: 'button', class: 'danger', 'aria-label': `End request ${row.id}`, onclick: () => end(row),
    }, 'End'), 'actions'],
  ], data, 'Nothing is in flight.'));
}
