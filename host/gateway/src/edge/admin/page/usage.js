// What was used: by day as a chart, and by model, user, key, provider or status as bars.
import { get, keyNames } from './api.js';
import { columns } from './chart.js';
import { card, credits, field, h, table, text, tiles } from './dom.js';

export const title = 'Usage';

const GROUPS = { model: 'Model', user: 'User', key: 'Key', tag: 'Tag', provider: 'Provider', status: 'Status', served_model: 'Served model' };
const MEASURES = { requests: 'Requests', credits: 'Credits', input_tokens: 'Input tokens', output_tokens: 'Output tokens', failed: 'Failed' };
const DAY = 86_400_000;

const chosen = { by: 'model', measure: 'requests', days: '30' };

export async function show(me, again) {
  const from = new Date(Date.now() - (Number(chosen.days) - 1) * DAY).toISOString().slice(0, 10);
  const [byDay, byGroup, names] = await Promise.all([
    get(`usage?by=day&from=${from}`),
    get(`usage?by=${chosen.by}&from=${from}`),
    chosen.by === 'key' && keyNames(),
  ]);
  const sum = (name) => byDay.data.reduce((total, row) => total + row[name], 0);
  const shown = (row) => (chosen.measure === 'credits' ? credits(row.credits) : text(row[chosen.measure]));
  const groups = byGroup.data.toSorted((a, b) => b[chosen.measure] - a[chosen.measure]);
  const largest = Math.max(...groups.map((row) => row[chosen.measure]), 0) || 1;
  return [
    h('div', { class: 'card' }, h('form', null,
      choice('Period', 'days', { 7: '7 days', 30: '30 days', 90: '90 days', 365: 'a year' }, again),
      choice('Measure', 'measure', MEASURES, again),
      choice('Grouped by', 'by', GROUPS, again))),
    tiles([
      ['Requests', sum('requests')],
      ['Failed', sum('failed')],
      ['Input tokens', sum('input_tokens')],
      ['Output tokens', sum('output_tokens')],
      ['Credits', credits(sum('credits'))],
    ]),
    card(`${MEASURES[chosen.measure]} by day`, columns(days(byDay.data, from), MEASURES[chosen.measure])),
    card(`${MEASURES[chosen.measure]} by ${GROUPS[chosen.by].toLowerCase()}`, table(`Usage by ${chosen.by}`, [
      [GROUPS[chosen.by], (row) => group(row.group, names)],
      [MEASURES[chosen.measure], shown, 'number'],
      ['Share', (row) => bar(row[chosen.measure] / largest), 'wide'],
      ['Failed', (row) => row.failed, 'number'],
    ], groups, 'Nothing was used in this time.')),
  ];
}

/** What a row is of; a key has its name before its id. */
function group(id, names) {
  const name = names && names.get(id);
  if (!name) return h('b', { class: 'code' }, id ?? 'none');
  return h('div', null, h('div', null, h('b', null, name)), h('code', { class: 'muted' }, id));
}

function choice(label, name, options, again) {
  const select = h('select', { onchange: () => { chosen[name] = select.value; select.blur(); again(); } },
    Object.entries(options).map(([value, word]) => h('option', { value, selected: value === chosen[name] }, word)));
  return field(label, select);
}

/** Each day of the period with its value; those without requests too. */
function days(rows, from) {
  const known = new Map(rows.map((row) => [row.group, row[chosen.measure]]));
  const days = [];
  for (let day = Date.parse(from); day <= Date.now(); day += DAY) {
    days.push([day / 1000, known.get(new Date(day).toISOString().slice(0, 10)) ?? 0]);
  }
  return days;
}

function bar(share) {
  const filled = h('div', { class: 'bar', 'aria-hidden': 'true' });
  filled.style.width = `${Math.max(share * 100, 0)}%`;
  return filled;
}
