// Who changed what.
import { get, keyNames } from './api.js';
import { card, h, paged, table, when } from './dom.js';

export const title = 'Audit';

/** How many changes are fetched at a time. */
const MOST = 100;

export async function show() {
  const names = await keyNames();
  return card('The latest changes by operators', await paged(page, (rows) => table('Changes', [
    ['When', (row) => when(row.time)],
    ['Operator', (row) => row.operator],
    ['Action', (row) => h('code', null, row.action), 'short'],
    ['Of', (row) => subject(row.subject, names.get(row.subject))],
    ['Before', (row) => facts(row.before, row.after)],
    ['After', (row) => facts(row.after, row.before)],
  ], rows, 'Nobody has changed anything.')));
}

async function page(before) {
  const { data } = await get(`audit?limit=${MOST}${before ? `&before=${before}` : ''}`);
  return { rows: data, next: data.length === MOST ? data.at(-1).id : null };
}

/** Whom or what was changed; a key has its name before its id. */
function subject(id, name) {
  return h('div', null, name && h('div', null, name), h('code', { class: name && 'muted' }, id));
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
