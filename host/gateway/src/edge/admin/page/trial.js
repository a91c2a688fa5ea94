// What is seen of one trial: its answer while it comes, how it ended, and what was tried for it.
import { Answer, parsed } from './answer.js';
import { card, duration, fill, h, pill, table, tiles } from './dom.js';

export class TrialView {
  #began = performance.now();
  #answer = new Answer();
  #status = null;
  #attempts = null;
  #ended = false;
  #summary = h('div');
  #note = h('div', null, h('p', { class: 'muted' }, 'Waiting for the answer …'));
  #tried = h('div');
  #exchanges = h('div');
  #text = h('pre', { tabindex: 0 });
  #body = h('pre', { tabindex: 0 });
  #headers = h('pre', { tabindex: 0 });
  #textCard = card('Answer', this.#text);
  #bodyCard = card('Response', this.#body, h('details', null, h('summary', null, 'Headers'), this.#headers));

  /** Draws into this element. */
  constructor(result) {
    this.#textCard.hidden = this.#bodyCard.hidden = true;
    this.#sum('coming', 'calm', '…');
    fill(result, this.#summary, this.#note, this.#textCard, this.#tried, this.#exchanges, this.#bodyCard);
  }

  /** Shows an event of the gateway. */
  show({ name, data }) {
    if (name === 'answer') this.#head(data);
    if (name === 'attempts') this.#know(data, 'answering', 'calm');
    if (name === 'piece') this.#add(data.text);
    if (name === 'end') this.#end(data);
  }

  /** Its events came to an end, maybe without the last one. */
  over() {
    if (!this.#ended) this.failed('The connection ended before the answer did.');
  }

  /** Its reader does not want more of it. */
  stopped() {
    const message = this.#answer.body ? 'The answer is incomplete. What had arrived is shown.' : 'No part of the answer had arrived.';
    this.#close('stopped', 'warn', card('You stopped it', h('p', { class: 'note', role: 'status' }, message)));
  }

  /** Nothing more comes, and it is not known how it ended. */
  failed(message) {
    this.#close('failed', 'bad', fault(this.#status === null ? 'It was not sent' : 'The answer broke off', message));
  }

  #close(outcome, kind, note) {
    this.#draw(outcome, kind);
    this.#sum(outcome, kind, duration(Math.round(performance.now() - this.#began)));
    fill(this.#note, note);
  }

  #head({ status, headers }) {
    this.#status = status;
    this.#headers.textContent = lines(headers);
    this.#sum('coming', 'calm', '…');
    fill(this.#note);
  }

  #know({ attempts, exchanges }, word, kind) {
    this.#attempts = attempts;
    this.#draw(word, kind);
    fill(this.#exchanges, exchanges?.length > 0 && card('Exchanges', exchanges.map(exchanged)));
    if (!this.#ended) this.#sum('coming', 'calm', '…');
  }

  #add(piece) {
    this.#bodyCard.hidden = false;
    grow(this.#body, piece);
    this.#say(this.#answer.add(piece));
  }

  /** Shows more of what the model says. */
  #say(text) {
    if (text) this.#textCard.hidden = false;
    grow(this.#text, text);
  }

  #end(end) {
    this.#ended = true;
    this.#say(this.#answer.end());
    this.#body.textContent = pretty(this.#answer.body) + longer(end.cut);
    if (end.interrupted) this.#know(end, 'interrupted', 'bad');
    else this.#know(end, 'answered', 'good');
    const [outcome, kind, note] = this.#judged(end);
    this.#sum(outcome, kind, duration(end.took_ms));
    fill(this.#note, note);
  }

  /** How it ended, and why. */
  #judged({ interrupted, cut }) {
    const why = this.#answer.error ?? 'The response does not say why.';
    if (interrupted) return ['failed', 'bad', fault('The answer broke off', why)];
    if (this.#answer.error !== null || this.#status >= 400) return ['failed', 'bad', fault('The answer is an error', why)];
    if (!cut) return ['finished', 'good', null];
    const message = 'The first 1 MiB is shown. The rest was not read.';
    return ['cut', 'warn', card('The answer is too long to show', h('p', { class: 'note', role: 'status' }, message))];
  }

  #sum(outcome, kind, took) {
    fill(this.#summary, tiles([
      ['Status', this.#status === null ? '–' : pill(String(this.#status), this.#status < 400 ? 'good' : 'bad')],
      ['Outcome', pill(outcome, kind)],
      ['Took', took],
      ['Attempts', this.#attempts?.length],
    ]));
  }

  /** The attempts; what is said of one that did not fail is `word`, because it may be answering. */
  #draw(word, kind) {
    fill(this.#tried, this.#attempts && card('Attempts', table('Attempts', [
      ['Provider', (row) => h('b', null, row.provider)],
      ['Model', (row) => h('code', null, row.model)],
      ['Outcome', (row) => pill([row.failed ?? word, row.status].filter(Boolean).join(', '), row.failed ? 'bad' : kind)],
      ['Took', (row) => duration(row.took_ms), 'number'],
    ], this.#attempts, 'No upstream was asked.')));
  }
}

/** Adds text; who reads its end goes on doing so. */
function grow(pre, text) {
  if (!text) return;
  const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 8;
  pre.append(text);
  if (atEnd) pre.scrollTop = pre.scrollHeight;
}

function fault(title, message) {
  return card(title, h('p', { class: 'fault', role: 'alert' }, message));
}

/** What an adapter sent, and what came back. */
function exchanged({ provider, model, method, url, headers, body, cut, reply }) {
  const part = (title, head, content, isCut) => [
    h('h3', null, title),
    h('pre', { tabindex: 0 }, [lines(head), pretty(content) + longer(isCut)].filter(Boolean).join('\n\n')),
  ];
  return h('details', { class: 'exchange', open: true },
    h('summary', null, h('b', null, provider), ' ', h('code', null, model), ' ', reply ? pill(String(reply.status), reply.status < 400 ? 'good' : 'bad') : pill('no reply', 'bad')),
    part(`${method} ${url}`, headers, body, cut),
    reply && part('What came back', reply.headers, reply.body, reply.cut));
}

function longer(isCut) {
  return isCut ? '\n… it is longer' : '';
}

function lines(headers) {
  return headers.map(([name, value]) => `${name}: ${value}`).join('\n');
}

function pretty(body) {
  const value = parsed(body);
  return value === null ? body : JSON.stringify(value, null, 2);
}
