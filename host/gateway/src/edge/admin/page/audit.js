// Who changed what.
import { get } from './api.js';
import { card, h, table, when } from './dom.js';

export const title = 'Audit';

export async function show() {
  const { data } = await get('audit?limit=200');
  return card('The latest changes by operators', table('Changes', [
    ['When', (row) => when(row.time)],
    ['Operator', (row) => row.operator],
    ['Action', (row) => h('code', null, row.action), 'short'],
    ['Of', (row) => h('code', null, row.subject)],
    ['Before', (row) => facts(row.before, row.after)],
    ['After', (row) => facts(row.after, row.before)],
  ], data, 'Nobody has changed anything.'));
}

/** What one side of a change says, each fact in a line of its own; what both sides say alike is left out. */
function facts(value, other) {
  if (!value) return null;
  const known = new Map(other ? flat(other) : []);
  const told = flat(value).filter(([name, fact]) => known.get(name) !== fact);
  return told.length ? h('div', null, told.map(([name, fact]) => h('div', null, `${name}: ${fact}`))) : null;
}

/** The facts in an object, by their path. */
function flat(value, before = '') {
  return Object.entries(value).flatMap(([name, fact]) => {
    if (Array.isArray(fact)) return [[before + name, fact.join(', ')]];
    return fact !== null && typeof fact === 'object' ? flat(fact, `${before}${name}.`) : [[before + name, String(fact)]];
  });
}
