// What is in force, and what was rejected and why.
import { get, post, readiness } from './api.js';
import { card, counted, facts, h, pill, table, tell, tiles, when } from './dom.js';
import { kind } from './states.js';

export const title = 'Overview';
export let every = 5000;

const SERVED = { ready: ['served', ', but '], degraded: ['served', ', but '], unready: ['refused', ', because '] };
const WRONG = { journal: 'the journal is full', database: 'the database is unreachable', limits: 'the counters of limits are unreachable' };

export async function show(me, again) {
  const [snapshot, providers, ready] = await Promise.all([get('snapshot'), get('providers'), readiness()]);
  // It may be gone soon.
  every = ready.draining ? 1000 : 5000;
  const off = providers.data.filter((provider) => provider.state === 'off');
  const down = providers.data.filter((provider) => provider.status === 'down' && provider.state === 'on');
  return [
    ready.draining && draining(snapshot.requests_under_way),
    tiles([
      ['Generation', snapshot.generation],
      ['In force since', when(snapshot.built_at), true],
      ['Requests in flight', snapshot.requests_under_way],
      ['Models', snapshot.models],
      ['Providers', `${providers.data.length - off.length} on, ${off.length} off`, true],
      ['Down', h('span', null, down.length ? down.map((provider) => [pill(provider.name, 'bad'), ' ']) : pill('none', 'good')), true],
    ]),
    rejected(snapshot.rejected),
    snapshot.warnings.length > 0 && card('Warnings', h('ul', null, snapshot.warnings.map((warning) => h('li', null, warning)))),
    card('Process',
      facts([
        ['Requests are', served(ready)],
        ['Journal', part(ready.journal)],
        ['Database', part(ready.database)],
        ['Limits', part(ready.limits)],
        ['Older generations still serving', snapshot.older_generations.join(', ') || 'none'],
        ['Rows the database refused', snapshot.ledger ? snapshot.ledger.rows_set_aside : 'no database'],
        ['Version', me.version],
      ]),
      me.roles.includes('operate') && !ready.draining && h('div', { class: 'row' },
        h('button', { type: 'button', onclick: () => reload(again) }, 'Reload the files'),
        h('button', { type: 'button', class: 'danger', onclick: () => drain(again) }, 'Drain and stop'))),
    files(snapshot),
  ];
}

function draining(waiting) {
  return h('section', { class: 'card', role: 'alert' }, h('h2', null, 'The process is draining'),
    h('p', null, `${counted(waiting, 'request')} in flight may finish; new ones are refused. Then the process stops.`));
}

/** Whether requests are served, and what is wrong if something is. */
function served(ready) {
  const serves = ready.status !== 'unready';
  const down = ready.providers_down.join(', ');
  const wrong = [
    ready.draining && 'the process is draining',
    serves && ready.rejected && 'a change was rejected',
    serves && down && `these providers are down: ${down}`,
    ...Object.entries(WRONG).map(([part, words]) => ready[part] !== 'ok' && words),
  ].filter(Boolean).join('; ');
  const [word, link] = SERVED[ready.status];
  return h('span', null, pill(word, kind(ready.status)), wrong && link + wrong);
}

/** How a part is that requests need: `ok`, or what is wrong. */
function part(state) {
  return pill(state, state === 'ok' ? 'good' : 'bad');
}

/** What generation the files in force make, and which they are. */
function files({ generation, files: configuration, plugins, digest }) {
  const rows = [
    ...configuration.map((file) => ({ file, holds: 'configuration', state: pill('in force', 'good') })),
    ...plugins.map(({ file, name, version, kind: sort, state }) => ({ file, holds: `${sort} ${name} ${version}`, state: pill(state, kind(state)) })),
  ];
  return card('Files in force',
    h('p', { class: 'muted' }, `Generation ${generation}, content `, h('code', { title: digest }, digest.slice(0, 12)), '.'),
    table('Files in force', [
      ['File', (row) => h('code', null, row.file), 'wide'],
      ['Holds', (row) => row.holds],
      ['State', (row) => row.state],
    ], rows));
}

function rejected(rejection) {
  if (!rejection) return card('Changes', h('p', null, pill('in force', 'good'), ' The files on disk are what is in force.'));
  return card('A change was rejected',
    h('p', { class: 'muted' }, when(rejection.at), '. What was in force before stays in force.'),
    rejection.faults.map((fault) => h('div', { class: 'fault' },
      h('p', null, h('code', null, place(fault)), ' ', h('b', null, fault.field ?? '')),
      h('p', null, fault.message),
      fault.remedy && h('p', { class: 'muted' }, `Remedy: ${fault.remedy}`))));
}

function place({ file, line, column }) {
  return [file, line, column].filter((part) => part !== null && part !== undefined).join(':');
}

async function reload(again) {
  const reloaded = await post('reload', {});
  tell(reloaded.rejected ? 'The files were read and rejected.' : `Generation ${reloaded.generation} is in force.`);
  again();
}

async function drain(again) {
  if (!confirm('Stop this process? Requests in flight may finish.')) return;
  const { in_flight: waiting } = await post('drain', {});
  tell(`The process stops. ${counted(waiting, 'request')} may finish.`);
  again();
}
