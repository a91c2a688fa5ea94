// What an answer says, read as it comes: its text, and the error with which it ends.

export class Answer {
  /** All that came. */
  body = '';
  /** The message of an error; `null` if there is none. */
  error = null;
  #line = '';
  #streamed = false;

  /** More of it has come. Gives what the model says in that, as far as it can be found. */
  add(piece) {
    this.body += piece;
    const lines = (this.#line + piece).split('\n');
    this.#line = lines.pop();
    const data = lines.filter((line) => line.startsWith('data:'));
    this.#streamed ||= data.length > 0;
    return data.map((line) => this.#read(line.slice(5))).join('');
  }

  /** Nothing more comes: what is no stream is read now. Gives what the model says in that. */
  end() {
    return this.#streamed ? '' : this.#read(this.body);
  }

  #read(json) {
    const objects = [parsed(json)].flat().filter((object) => object !== null && typeof object === 'object');
    for (const object of objects) this.error ??= errorOf(object);
    return objects.map(textOf).join('');
  }
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

/** The message of an error, in the forms of the same. */
function errorOf({ type, error, message, response }) {
  const found = error ?? response?.error ?? (type === 'error' ? { message } : null);
  return typeof found === 'string' ? found : found?.message ?? null;
}

/** What JSON says; `null` if it is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
