// OpenAI's chat and Ollama's, each in the other's words. It knows nothing of the host, so `node --test` runs it.
// Source: https://github.com/ollama/ollama/blob/main/docs/api.md

export const manifest = {
  name: "ollama-js",
  version: "0.1.0",
  operations: ["chat"],
  auth: { scheme: "bearer" },
  settings: {
    type: "object",
    properties: {},
    additionalProperties: false,
  },
};

// OpenAI's names of the parameters that Ollama has too, and Ollama's own.
const OPTIONS = {
  frequency_penalty: "frequency_penalty",
  max_completion_tokens: "num_predict",
  max_tokens: "num_predict",
  presence_penalty: "presence_penalty",
  seed: "seed",
  stop: "stop",
  temperature: "temperature",
  top_p: "top_p",
};
const TRANSLATED = new Set(["messages", "model", "stream", "stream_options", ...Object.keys(OPTIONS)]);

// Ollama's request for a client's, and the names of what it leaves out.
export function request(model, stream, body) {
  if (body.tools?.length > 0) {
    throw fail("unsupported", "this adapter does not translate tools");
  }
  const given = Object.keys(body).filter((name) => body[name] !== null);
  const options = {};
  for (const name of given.filter((name) => name in OPTIONS)) {
    options[OPTIONS[name]] = name === "stop" ? [body.stop].flat() : body[name];
  }
  return {
    json: { model, messages: body.messages.map(message), stream, options },
    dropped: given.filter((name) => !TRANSLATED.has(name)),
  };
}

function message({ role, content, tool_calls }) {
  if (role === "tool" || tool_calls?.length > 0) {
    throw fail("unsupported", "this adapter does not translate tools");
  }
  return { role: role === "developer" ? "system" : role, content: text(content) };
}

// The text of a message: a string, or parts of which each must be text.
function text(content) {
  if (!Array.isArray(content)) {
    return content ?? "";
  }
  if (content.some((part) => part.type !== "text")) {
    throw fail("unsupported", "this adapter translates text only");
  }
  return content.map((part) => part.text).join("");
}

// OpenAI's reply for a buffered one. The host fills in `created` and the client's name for the model.
export function completion(reply) {
  if (typeof reply.message?.content !== "string" || !reply.done) {
    throw fail("malformed", "the reply has no complete message");
  }
  const message = { role: "assistant", content: reply.message.content };
  return {
    ...head("chat.completion", reply),
    choices: [{ index: 0, message, finish_reason: finishReason(reply) }],
    usage: usage(reply),
  };
}

// OpenAI's chunks for the events of one network read. `begun` says whether there were any before.
export function chunks(begun, events, last) {
  const lines = [];
  for (const event of events) {
    if (event.error !== undefined) {
      throw fail("overloaded", String(event.error));
    }
    const role = begun || lines.length > 0 ? {} : { role: "assistant" };
    const delta = { ...role, content: event.message?.content ?? "" };
    const finish_reason = event.done ? finishReason(event) : null;
    lines.push({ ...head("chat.completion.chunk", event), choices: [{ index: 0, delta, finish_reason }] });
    if (event.done) {
      lines.push({ ...head("chat.completion.chunk", event), choices: [], usage: usage(event) });
      return { lines, done: true };
    }
  }
  if (last) {
    throw fail("malformed", "the stream ended before its last object");
  }
  return { lines, done: false };
}

// The failure for an error reply. Its class decides whether the host stops, waits or tries the next target.
export function failure(status, body) {
  let words = body.slice(0, 200);
  try {
    words = String(JSON.parse(body).error ?? words);
  } catch {
    // Not Ollama's own: a proxy's page, for example.
  }
  return fail(classOf(status), words || `status ${status}`);
}

function classOf(status) {
  if ([400, 413, 422].includes(status)) return "client";
  if ([408, 504].includes(status)) return "timeout";
  if (status === 429) return "rate-limited";
  if (status >= 500) return "overloaded";
  return status >= 400 ? "refused" : "malformed";
}

const fail = (kind, message) => ({ class: kind, message, retryAfterMs: null, detail: new Uint8Array() });

const head = (object, { model }) => ({ id: "", object, created: 0, model });

const finishReason = ({ done_reason }) => (done_reason === "length" ? "length" : "stop");

function usage({ prompt_eval_count: prompt_tokens = 0, eval_count: completion_tokens = 0 }) {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
