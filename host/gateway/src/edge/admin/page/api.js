// Calls of /admin/api. The token is kept for this tab alone, and sent as a bearer: there is no cookie.

const KEPT = 'jackfield-admin-token';

/** What the gateway refused, with its status. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEPT) ?? '',
  set: (value) => (value ? sessionStorage.setItem(KEPT, value) : sessionStorage.removeItem(KEPT)),
};

async function reach(path, request) {
  try {
    return await fetch(path, { ...request, cache: 'no-store' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal(0, 'The gateway cannot be reached.');
  }
}

/** The answer to a request that was not refused. */
async function answered(method, path, body, more = {}, signal = null) {
  const headers = { accept: 'application/json', ...more };
  if (token.get()) headers.authorization = `Bearer ${token.get()}`;
  const isFile = body instanceof Blob;
  if (body !== undefined) headers['content-type'] = isFile ? 'application/wasm' : 'application/json';
  const answer = await reach(`/admin/${path}`, { method, headers, body: isFile || body === undefined ? body : JSON.stringify(body), signal });
  if (answer.ok) return answer;
  throw new Refusal(answer.status, reason(await answer.text()) ?? `The gateway answered with ${answer.status}.`);
}

async function call(...request) {
  const answer = await answered(...request);
  return answer.json();
}

/** The events of an answer as they come, each with its `name` and its `data`. `signal` ends it. */
export async function* events(path, body, signal) {
  const answer = await answered('POST', `api/${path}`, body, { accept: 'text/event-stream' }, signal);
  const [reader, decoder] = [answer.body.getReader(), new TextDecoder()];
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read().catch((error) => {
      throw signal.aborted ? error : new Refusal(0, 'The connection to the gateway was cut.');
    });
    if (done) return;
    const whole = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = whole.pop();
    yield* whole.map(event).filter(({ data }) => data !== undefined);
  }
}

/** An event as the gateway writes it: one line of JSON after its name. */
function event(text) {
  const value = (name) => text.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = value('data');
  return { name: value('event'), data: data && JSON.parse(data) };
}

/** The message of an error, in whichever form it came. */
function reason(content) {
  try {
    const error = JSON.parse(content).error;
    return typeof error === 'string' ? error : error?.message;
  } catch {
    return content || null;
  }
}

export const get = (path) => call('GET', `api/${path}`);
export const post = (path, body) => call('POST', `api/${path}`, body);
export const put = (path, file, headers) => call('PUT', `api/${path}`, file, headers);
export const patch = (path, body) => call('PATCH', `api/${path}`, body);
export const del = (path) => call('DELETE', `api/${path}`);

/** Whether requests are served, and how each part is that they need. It needs no token. */
export async function readiness() {
  const answer = await reach('/readyz?deep=1');
  return answer.json();
}

/** A page of the ledger's rows. */
export const requests = (query) => get(`requests?${query}`);

/** What a key is called, by its id; nothing if keys cannot be listed. */
export async function keyNames() {
  const { data } = await get('keys').catch(() => ({ data: [] }));
  return new Map(data.map(({ id, name, user }) => [id, `${name} of ${user}`]));
}
