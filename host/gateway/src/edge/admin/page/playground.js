// A request through the pipeline of clients: its answer as it comes, and what was tried for it.
import { events, get } from './api.js';
import { card, field, fill, h } from './dom.js';
import { TrialView } from './trial.js';

export const title = 'Playground';

const kept = { model: null, key: '', text: 'Hello', stream: false };

export async function show() {
  const { data } = await get('models');
  const chats = data.filter((model) => model.capability === 'chat' && !model.id.includes('*'));
  const model = choice(chats);
  const key = h('input', { type: 'password', autocomplete: 'off', value: kept.key, placeholder: 'rk_…', oninput: () => { kept.key = key.value; } });
  const text = h('textarea', { required: true, oninput: () => { kept.text = text.value; } }, kept.text);
  const stream = h('input', { type: 'checkbox', checked: kept.stream, onchange: () => { kept.stream = stream.checked; } });
  const result = h('div', { 'aria-live': 'polite' });
  const send = h('button', { class: 'main' }, 'Send');
  const stop = h('button', { type: 'button', class: 'danger', disabled: true }, 'Stop');
  const onsubmit = async (event) => {
    event.preventDefault();
    const body = { model: model.value, messages: [{ role: 'user', content: text.value }], stream: stream.checked };
    send.disabled = true;
    await tryOut({ path: '/v1/chat/completions', key: key.value || null, body, stream: true }, result, stop);
    send.disabled = false;
  };
  return [
    card('A chat', h('form', { onsubmit },
      field('Model', model),
      field('Key of a user; none if authentication is off', key),
      field('As a stream', stream),
      field('Message', text, true),
      send, stop)),
    result,
  ];
}

/** The models; those that can answer come first, and one of them is chosen. */
function choice(models) {
  const choice = h('select', { onchange: () => { kept.model = choice.value; } });
  const group = (label, group) => group.length > 0 && h('optgroup', { label },
    group.map(({ id }) => h('option', { value: id, selected: id === kept.model }, id)));
  fill(choice, group('Can answer', models.filter(canAnswer)), group('No provider is configured', models.filter((model) => !canAnswer(model))));
  return choice;
}

/** Whether one of its targets is ever tried. */
function canAnswer({ chain }) {
  return chain.some(({ targets }) => targets.some(({ off }) => !off));
}

/** Sends it and shows what comes, up to its end, or until `stop` is pressed or the reader goes to another page. */
async function tryOut(trial, result, stop) {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  const view = new TrialView(result);
  stop.disabled = false;
  stop.addEventListener('click', leave);
  addEventListener('hashchange', leave);
  result.setAttribute('aria-busy', 'true');
  try {
    for await (const event of events('playground', trial, leaving.signal)) {
      if (!result.isConnected) leave();
      view.show(event);
    }
    view.over();
  } catch (refusal) {
    if (leaving.signal.aborted) view.stopped();
    else view.failed(refusal.message);
  } finally {
    stop.disabled = true;
    stop.removeEventListener('click', leave);
    removeEventListener('hashchange', leave);
    result.removeAttribute('aria-busy');
  }
}
