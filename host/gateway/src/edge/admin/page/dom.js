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

/** Puts these children in place of what is there. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
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

/** A labelled field. */
export function field(label, control, wide) {
  return h('label', { class: wide && 'wide' }, label, control);
}

/** A moment as the reader's clock has it; `seconds` since 1970, or a date as text. */
export function when(moment) {
  if (moment === null || moment === undefined) return '–';
  const date = new Date(typeof moment === 'number' ? moment * 1000 : moment);
  return h('time', { datetime: date.toISOString() }, date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }));
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
