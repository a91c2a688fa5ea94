// Elements and their text. Nothing here reads HTML: whatever the gateway says is text.

/** An element with properties, listeners (`onclick`) and children; what is null is left out. */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts these children in place of what is there. A button of the same name has the focus afterwards, if one had it before. */
export function fill(element, ...children) {
  const name = (button) => button.getAttribute('aria-label') ?? button.textContent;
  const active = document.activeElement;
  const focused = element.contains(active) && active.matches('button') && name(active);
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  const button = focused && [...element.querySelectorAll('button')].find((other) => name(other) === focused);
  if (button) button.focus({ preventScroll: true });
}

/**
 * A table. A column is `[heading, cell of a row, kind]`, where the kind may be `number`, `actions`, `short`, `name` or `wide`. On a narrow
 * screen each row becomes a card.
 */
export function table(caption, columns, rows, empty = 'Nothing yet.') {
  if (!rows.length) return h('p', { class: 'muted' }, empty);
  const cell = (row) => ([heading, value, kind]) => {
    const content = value(row);
    return h('td', { class: kind, 'data-label': heading }, content instanceof Node ? content : h('span', null, text(content)));
  };
  return h('table', { class: 'stacked', 'aria-label': caption },
    h('thead', null, h('tr', null, columns.map(([heading, , kind]) => h('th', { scope: 'col', class: kind }, heading)))),
    h('tbody', null, rows.map((row) => h('tr', null, columns.map(cell(row))))));
}

export function text(value) {
  if (value === false) return '';
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'number' ? value.toLocaleString('en') : String(value);
}

export function pill(word, kind = 'calm') {
  return h('span', { class: `pill ${kind}` }, word);
}

export function card(title, ...content) {
  return h('section', { class: 'card' }, h('h2', null, title), ...content);
}

export function tiles(entries) {
  return h('dl', { class: 'tiles' }, entries.map(([name, value, small]) =>
    h('div', { class: 'tile' }, h('dt', null, name), h('dd', { class: small && 'small' }, value instanceof Node ? value : text(value)))));
}

/** Facts, each with its name before it. */
export function facts(entries) {
  return h('dl', { class: 'facts' }, entries.map(([name, value]) =>
    [h('dt', null, name), h('dd', null, value instanceof Node ? value : text(value))]));
}

/** A form that tells what was refused. */
export function form(word, submit, ...fields) {
  const send = h('button', { class: 'main' }, word);
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await submit();
    } catch (refusal) {
      tell(refusal.message);
    } finally {
      send.disabled = false;
    }
  };
  return h('form', { onsubmit }, ...fields, send);
}

export function select(options, chosen) {
  return h('select', null, options.map((option) => h('option', { value: option, selected: option === chosen }, option)));
}

/** A list that grows: `page(cursor)` gives `rows` and the `next` cursor, and `draw(rows)` shows all that were fetched. */
export async function paged(page, draw) {
  const list = h('div');
  const rows = [];
  let [next, busy] = [null, false];
  const older = h('button', { type: 'button', onclick: () => busy || add() }, 'Older');
  const add = async () => {
    busy = true;
    try {
      const found = await page(next);
      rows.push(...found.rows);
      next = found.next ?? null;
    } finally {
      busy = false;
    }
    fill(list, draw(rows));
    older.hidden = next === null;
  };
  await add();
  return [list, older];
}

/** Calls it once no more calls have come for a moment, as they do while somebody types. */
export function calmly(act) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, 250);
  };
}

/** A labelled field. */
export function field(label, control, wide) {
  return h('label', { class: wide && 'wide' }, label, control);
}

/** A moment as the reader's clock has it; `seconds` since 1970, or a date as text. The `medium` style shows its seconds too. */
export function when(moment, timeStyle = 'short') {
  if (moment === null || moment === undefined) return '–';
  const date = new Date(typeof moment === 'number' ? moment * 1000 : moment);
  return h('time', { datetime: date.toISOString() }, date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle }));
}

/** Such as `1 request` and `2 requests`. */
export function counted(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

export function credits(amount) {
  return amount.toLocaleString('en', { maximumFractionDigits: 4 });
}

export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Says something in passing, to screen readers as well. */
export function tell(message) {
  const place = document.getElementById('told');
  place.textContent = message;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { place.textContent = ''; }, 6000);
}
