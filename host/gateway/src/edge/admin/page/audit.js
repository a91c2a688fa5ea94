// Who changed what.
import { get } from './api.js';
import { card, h, table, when } from './dom.js';

export const title = 'Audit';

export async function show() {
  const { data } = await get('audit?limit=200');
  return card('The latest changes by operators', table('Changes', [
    ['When', (row) => when(row.time)],
    ['Operator', (row) => row.operator],
    ['Action', (row) => h('code', null, row.action)],
    ['Of', (row) => h('code', null, row.subject)],
    ['Before', (row) => facts(row.before)],
    ['After', (row) => facts(row.after)],
  ], data, 'Nobody has changed anything.'));
}

function facts(value) {
  if (!value) return null;
  return Object.entries(value).map(([name, fact]) => `${name}: ${typeof fact === 'object' ? JSON.stringify(fact) : fact}`).join(', ');
}
