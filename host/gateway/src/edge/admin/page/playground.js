// A request through the pipeline of clients: its answer, and what was tried for it.
import { get, post } from './api.js';
import { card, duration, field, fill, h, pill, table, tiles } from './dom.js';

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
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    fill(result, h('p', { class: 'muted' }, 'Waiting for the answer …'));
    try {
      const body = { model: model.value, messages: [{ role: 'user', content: text.value }], stream: stream.checked };
      fill(result, answered(await post('playground', { path: '/v1/chat/completions', key: key.value || null, body })));
    } catch (refusal) {
      fill(result, card('It was not sent', h('p', null, refusal.message)));
    } finally {
      send.disabled = false;
    }
  };
  return [
    card('A chat', h('form', { onsubmit },
      field('Model', model),
      field('Key of a user; none if authentication is off', key),
      field('As a stream', stream),
      field('Message', text, true),
      send)),
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

function answered({ status, took_ms: took, attempts, exchanges, headers, body, cut }) {
  return [
    tiles([
      ['Status', pill(String(status), status < 400 ? 'good' : 'bad')],
      ['Took', duration(took)],
      ['Attempts', attempts.length],
    ]),
    card('Attempts', table('Attempts', [
      ['Provider', (row) => h('b', null, row.provider)],
      ['Model', (row) => h('code', null, row.model)],
      ['Outcome', (row) => pill([row.failed ?? 'answered', row.status].filter(Boolean).join(', '), row.failed ? 'bad' : 'good')],
      ['Took', (row) => duration(row.took_ms), 'number'],
    ], attempts, 'No upstream was asked.')),
    exchanges?.length > 0 && card('Exchanges', exchanges.map(exchanged)),
    said(body),
    card('Response', h('pre', { tabindex: 0 }, pretty(body) + (cut ? '\n… it is longer' : '')),
      h('details', null, h('summary', null, 'Headers'), h('pre', { tabindex: 0 }, lines(headers)))),
  ];
}

/** What an adapter sent, and what came back. */
function exchanged({ provider, model, method, url, headers, body, cut, reply }) {
  const part = (title, head, content, longer) => [
    h('h3', null, title),
    h('pre', { tabindex: 0 }, [lines(head), pretty(content) + (longer ? '\n… it is longer' : '')].filter(Boolean).join('\n\n')),
  ];
  return h('details', { class: 'exchange', open: true },
    h('summary', null, h('b', null, provider), ' ', h('code', null, model), ' ', reply ? pill(String(reply.status), reply.status < 400 ? 'good' : 'bad') : pill('no reply', 'bad')),
    part(`${method} ${url}`, headers, body, cut),
    reply && part('What came back', reply.headers, reply.body, reply.cut));
}

function lines(headers) {
  return headers.map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** What the model says, if that can be found. */
function said(body) {
  const text = pieces(body).map(textOf).join('');
  return text && card('Answer', h('pre', { tabindex: 0 }, text));
}

/** The objects of an answer: one, or those of a stream's events. */
function pieces(body) {
  const data = body.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
  return (data.length ? data : [body]).map(parsed).filter((piece) => piece !== null && typeof piece === 'object');
}

/** The text in an answer, or in a piece of one, as OpenAI, Anthropic, Gemini and the Responses API write it. */
function textOf({ type, choices, content, candidates, output, delta }) {
  const joined = (parts) => (Array.isArray(parts) ? parts.map(({ text, thought }) => (thought ? '' : text ?? '')).join('') : parts ?? '');
  if (choices) return joined((choices[0]?.message ?? choices[0]?.delta)?.content);
  if (candidates) return joined(candidates[0]?.content?.parts);
  if (output) return output.map((item) => (item.type === 'message' ? joined(item.content) : '')).join('');
  if (content) return joined(content);
  return { 'response.output_text.delta': delta, content_block_delta: delta?.text }[type] ?? '';
}

/** What JSON says; `null` if it is none. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pretty(body) {
  const value = parsed(body);
  return value === null ? body : JSON.stringify(value, null, 2);
}
