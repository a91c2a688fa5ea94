// The plugins in force: what they are, and what their calls take.
import { get } from './api.js';
import { card, h, pill, table } from './dom.js';
import { kind } from './states.js';

export const title = 'Plugins';
export const every = 10_000;

export async function show() {
  const { plugins, shapers } = await get('snapshot');
  return [
    card('Plugins', table('Plugins', [
      ['Name', (row) => h('b', null, row.name)],
      ['Kind', (row) => row.kind],
      ['Version', (row) => row.version],
      ['State', (row) => pill(row.state, kind(row.state))],
      ['SHA-256', (row) => h('code', { title: row.sha256 }, row.sha256.slice(0, 12))],
      ['Vouched by', (row) => row.vouched_by && row.vouched_by.slice(0, 16)],
      ['Calls', (row) => row.calls, 'number'],
      ['Call', (row) => `${Math.round(row.pace.call_ms * 1000).toLocaleString('en')} µs`, 'number'],
      ['Faults', (row) => faults(row.faults), 'number'],
      ['Memory', (row) => `${(row.memory_bytes / 1048576).toFixed(1)} MiB`, 'number'],
    ], plugins)),
    shapers.length > 0 && card('Shapers', table('Shapers', [
      ['Name', (row) => h('b', null, row.name)],
      ['Plugin', (row) => row.plugin],
      ['State', (row) => pill(row.state, kind(row.state))],
      ['Serves', (row) => (row.everywhere ? 'everybody' : 'who names it')],
      ['Why off', (row) => row.reason],
    ], shapers)),
  ];
}

function faults(counted) {
  const some = Object.entries(counted).filter(([, count]) => count > 0);
  return some.map(([fault, count]) => `${count} ${fault}`).join(', ') || '0';
}
