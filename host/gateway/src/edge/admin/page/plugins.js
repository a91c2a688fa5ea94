// The plugins in force: what they are, what their calls take, and which were there before; new ones, for those who may.
import { get, post, put } from './api.js';
import { card, field, h, pill, table, tell, when } from './dom.js';
import { kind } from './states.js';

export const title = 'Plugins';
export const every = 10_000;

/** The plugin whose versions are shown. */
let opened = null;

/** The form, which stays as it is while the rest is drawn again; and how that is done. */
let form = null;
let redraw = () => {};

export async function show(me, again) {
  redraw = again;
  const { plugins, shapers } = await get('snapshot');
  const may = me.roles.includes('operate');
  if (!plugins.some((plugin) => plugin.name === opened)) opened = null;
  const versions = opened && (await get(`plugins/${encodeURIComponent(opened)}/versions`)).data;
  const open = (name) => () => { opened = opened === name ? null : name; if (opened) scrollTo(0, 0); again(); };
  return [
    versions && card(`Versions of ${opened}`, versionTable(versions, may, again)),
    card('Plugins', table('Plugins', [
      ['Name', (row) => h('b', null, row.name)],
      ['Kind', (row) => row.kind],
      ['Version', (row) => row.version],
      ['State', (row) => pill(row.state, kind(row.state))],
      ['SHA-256', (row) => h('code', { title: row.sha256 }, row.sha256.slice(0, 12))],
      ['Vouched by', (row) => row.vouched_by && row.vouched_by.slice(0, 16)],
      ['Calls', (row) => row.calls, 'number'],
      ['Call', (row) => (row.calls > 0 ? `${Math.round(row.pace.call_ms * 1000).toLocaleString('en')} µs` : null), 'number'],
      ['Faults', (row) => faults(row.faults), 'number'],
      ['Memory', (row) => `${(row.memory_bytes / 1048576).toFixed(1)} MiB`, 'number'],
      ['', (row) => h('button', { 'aria-label': `Versions: ${row.name}`, 'aria-expanded': String(opened === row.name), onclick: open(row.name) }, 'Versions'), 'actions'],
    ], plugins)),
    may && card('Upload a plugin', form ??= upload()),
    shapers.length > 0 && card('Shapers', table('Shapers', [
      ['Name', (row) => h('b', null, row.name)],
      ['Plugin', (row) => row.plugin],
      ['State', (row) => pill(row.state, kind(row.state))],
      ['Serves', (row) => (row.everywhere ? 'everybody' : 'who names it')],
      ['Why off', (row) => row.reason],
    ], shapers)),
  ];
}

function versionTable(versions, may, again) {
  const back = (row) => async () => {
    if (!confirm(`Put ${opened} ${row.version} (${row.sha256.slice(0, 12)}) back?`)) return;
    try {
      told(await post(`plugins/${encodeURIComponent(opened)}/rollback`, { to: row.sha256 }));
    } catch (refusal) {
      tell(refusal.message);
    }
    again();
  };
  return table('Versions', [
    ['Version', (row) => row.version],
    ['SHA-256', (row) => h('code', { title: row.sha256 }, row.sha256.slice(0, 12))],
    ['In force since', (row) => when(row.since)],
    ['Signed', (row) => (row.signed ? 'yes' : 'no')],
    ['', (row) => (row.in_force ? pill('in force', 'good')
      : may && row.kept && h('button', { 'aria-label': `Put back ${row.sha256.slice(0, 12)}`, onclick: back(row) }, 'Put back')), 'actions'],
  ], versions, 'None is kept.');
}

function upload() {
  const component = h('input', { type: 'file', accept: '.wasm', required: true });
  const name = h('input', { maxlength: 64, autocomplete: 'off', placeholder: 'that of the file' });
  const signature = h('input', { type: 'file', accept: '.minisig' });
  const send = h('button', { class: 'main' }, 'Try it and put it into the folder');
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      const [file, signed] = [component.files[0], signature.files[0]];
      const headers = signed ? { 'x-jackfield-signature': base64(await signed.arrayBuffer()) } : {};
      const plugin = name.value.trim() || file.name.replace(/\.wasm$/, '');
      told(await put(`plugins/${encodeURIComponent(plugin)}`, file, headers));
      form = null;
      redraw();
    } catch (refusal) {
      tell(refusal.message);
    } finally {
      send.disabled = false;
    }
  };
  return h('form', { onsubmit },
    field('Component (.wasm)', component), field('Name of the plugin', name), field('Signature (.minisig), if there is one', signature), send);
}

function base64(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function told({ name, version, in_force: there, generation }) {
  tell(there ? `${name} ${version} is in force in generation ${generation}.` : `${name} ${version} is in the folder, and not in force yet.`);
}

function faults(counted) {
  const some = Object.entries(counted).filter(([, count]) => count > 0);
  return some.map(([fault, count]) => `${count} ${fault}`).join(', ') || '0';
}
