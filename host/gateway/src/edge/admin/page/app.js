// The frame of the page: who is there, which of the pages is shown, and what is said if that fails.
import * as accounts from './accounts.js';
import { get, token } from './api.js';
import * as audit from './audit.js';
import { card, field, fill, h, tell } from './dom.js';
import * as live from './live.js';
import * as models from './models.js';
import * as overview from './overview.js';
import * as playground from './playground.js';
import * as plugins from './plugins.js';
import * as providers from './providers.js';
import * as requests from './requests.js';
import * as usage from './usage.js';

/** Each has a `title`, and `show(me)` gives its content; `every` is after how many milliseconds that is fetched anew. */
const PAGES = { overview, providers, models, plugins, live, requests, usage, accounts, playground, audit };

const main = document.getElementById('main');
let me = null;
let shown = 0;
let timer;

function chosen() {
  const name = location.hash.slice(1);
  return name in PAGES ? name : 'overview';
}

function navigation() {
  const current = chosen();
  fill(document.getElementById('pages'), Object.entries(PAGES).map(([name, page]) =>
    h('a', { href: `#${name}`, 'aria-current': name === current && 'page' }, page.title)));
  const leave = token.get() && h('button', { type: 'button', onclick: () => { token.set(''); me = null; start(); } }, 'Sign out');
  fill(document.getElementById('who'), me && h('span', null, `${me.name}: ${me.roles.join(', ')}`), leave);
}

/** Shows the chosen page. What takes longer than the reader stays is thrown away. */
async function show(focus) {
  const turn = ++shown;
  clearTimeout(timer);
  navigation();
  const page = PAGES[chosen()];
  document.title = `${page.title} · Jackfield`;
  const heading = h('h1', null, page.title);
  if (focus) fill(main, heading, h('p', { class: 'muted' }, 'Loading …'));
  let content;
  try {
    content = await page.show(me, () => show(false));
  } catch (refusal) {
    if (refusal.status === 401) return signIn('The token is not valid any more.');
    content = card('This cannot be shown', h('p', null, refusal.message));
  }
  if (turn !== shown) return;
  fill(main, heading, content);
  if (focus) main.focus({ preventScroll: true });
  main.dispatchEvent(new Event('shown'));
  if (page.every) timer = setTimeout(() => refresh(turn), page.every);
}

/** Fetches the page anew, unless somebody is typing or choosing in it. */
function refresh(turn) {
  if (turn !== shown) return;
  const busy = main.contains(document.activeElement) && document.activeElement.matches('input, select, textarea');
  if (busy || document.hidden) timer = setTimeout(() => refresh(turn), 2000);
  else show(false);
}

function signIn(why) {
  shown += 1;
  clearTimeout(timer);
  fill(document.getElementById('pages'));
  fill(document.getElementById('who'));
  const input = h('input', { type: 'password', autocomplete: 'off', required: true, size: 40 });
  const enter = async (event) => {
    event.preventDefault();
    token.set(input.value.trim());
    await start('This is not a token of this gateway.');
  };
  fill(main, h('h1', null, 'Jackfield'), card('Sign in',
    h('p', null, 'Enter a token of ', h('code', null, 'server.admin'), '. It is kept in this tab until it is closed.'),
    why && h('p', { class: 'muted', role: 'alert' }, why),
    h('form', { onsubmit: enter }, field('Token', input), h('button', { class: 'main' }, 'Sign in'))));
  input.focus();
}

async function start(unknown) {
  try {
    me = await get('me');
  } catch (refusal) {
    if (refusal.status === 401) {
      const sent = token.get();
      token.set('');
      return signIn(sent ? (unknown ?? 'The token is not valid any more.') : null);
    }
    fill(main, h('h1', null, 'Jackfield'), card('Not here', h('p', null, refusal.message)));
    return;
  }
  await show(true);
}

addEventListener('hashchange', () => me && show(true));
addEventListener('unhandledrejection', (event) => tell(event.reason?.message ?? 'Something went wrong.'));
start();
