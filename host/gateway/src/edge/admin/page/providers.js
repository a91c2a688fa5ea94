// The providers, how they are doing, and how their targets stand.
import { get } from './api.js';
import { latencies } from './chart.js';
import { card, duration, h, pill, table, when } from './dom.js';
import { kind } from './states.js';

export const title = 'Providers';
export const every = 5000;

export async function show() {
  const { data } = await get('providers');
  const [on, off] = [data.filter((provider) => provider.state === 'on'), data.filter((provider) => provider.state === 'off')];
  return [
    on.map(provider),
    off.length > 0 && card('Off', table('Providers that are off', [
      ['Provider', (row) => row.name],
      ['Adapter', (row) => row.adapter],
      ['Why', (row) => row.reason, 'wide'],
    ], off)),
  ];
}

function provider({ name, adapter, status, latency_ms: latency, minutes, keys, targets }) {
  return h('section', { class: 'card' },
    h('h2', null, name, ' ', pill(status ?? 'unknown', kind(status))),
    h('p', { class: 'muted' }, `Adapter ${adapter}. Median of the last ten minutes: ${duration(latency)}.`),
    minutes.some(({ answers }) => answers > 0)
      ? latencies(minutes, name)
      : h('p', { class: 'muted' }, 'No answers in the last fifteen minutes.'),
    keys && h('p', null, 'Keys: ', keys.map((key) => [pill(`${key.key}: ${key.state}`, key.state === 'in use' ? 'good' : 'warn'), ' '])),
    table(`Targets of ${name}`, [
      ['Model', (row) => h('code', null, row.model)],
      ['Breaker', (row) => pill(row.state, kind(row.state))],
      ['Failures in a row', (row) => row.consecutive_failures, 'number'],
      ['Until', (row) => when(row.until, 'medium')],
      ...(targets.some((row) => row.in_flight !== null) ? [['In flight', (row) => row.in_flight, 'number']] : []),
    ], targets, 'No model uses it.'));
}
