// The models with their chains, drawn from the first target to the last.
import { get } from './api.js';
import { card, h, pill } from './dom.js';
import { kind } from './states.js';

export const title = 'Models';
export const every = 10_000;

/** More at once are no use to a reader, who can search. */
const MOST = 100;

let sought = '';

export async function show() {
  const { data } = await get('models');
  const list = h('div');
  const search = h('input', { type: 'search', value: sought, oninput: () => { sought = search.value; draw(); } });
  const draw = () => {
    const found = data.filter((model) => model.id.includes(sought.trim()));
    list.replaceChildren(...found.slice(0, MOST).map(model));
    if (found.length > MOST) list.append(h('p', { class: 'muted' }, `${found.length - MOST} more; search for them.`));
    if (!found.length) list.append(h('p', { class: 'muted' }, 'No model has this in its id.'));
  };
  draw();
  return card(`${data.length} models`, h('p', null, h('label', null, 'Search by id', search)), list);
}

function model({ id, tier, capability, context, status, chain }) {
  const about = [capability, `tier ${tier}`, context && `${context.toLocaleString('en')} tokens`].filter(Boolean).join(', ');
  return h('div', { class: 'model' },
    h('div', null, h('p', null, h('b', { class: 'code' }, id), ' ', pill(status, kind(status))), h('p', { class: 'muted' }, about)),
    h('ol', { class: 'chain', 'aria-label': `Chain of ${id}` }, chain.map(step)));
}

function step({ strategy, targets }) {
  return h('li', null, h('div', { class: strategy ? 'step shared' : 'step' },
    strategy && h('span', { class: 'muted' }, strategy), targets.map(target)));
}

function target({ provider, model, weight, off, breaker }) {
  const state = off ? 'off' : breaker;
  return h('div', { class: `target ${off ? 'calm' : kind(breaker)}`, title: off ?? null },
    h('b', null, provider), weight ? ` × ${weight}` : null,
    h('span', { class: 'code' }, model), h('span', { class: 'muted' }, state === 'closed' ? 'breaker closed' : state === 'off' ? 'provider off' : `breaker ${state}`));
}
