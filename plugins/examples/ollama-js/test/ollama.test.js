import assert from "node:assert/strict";
import { test } from "node:test";

import { chunks, completion, failure, request } from "../ollama.js";

const user = (content) => ({ role: "user", content });
const word = (content) => ({ model: "m", message: { role: "assistant", content }, done: false });
const end = { model: "m", message: { role: "assistant", content: "" }, done: true, done_reason: "stop", prompt_eval_count: 7, eval_count: 2 };
const said = ({ lines }) => lines.map((line) => line.choices[0]?.delta.content ?? "").join("");

test("parameters get Ollama's names, and what it lacks is named", () => {
  const body = { model: "x", messages: [user("Hi")], max_tokens: 5, stop: "end", seed: null, logit_bias: {} };
  assert.deepEqual(request("m", true, body), {
    json: { model: "m", messages: [user("Hi")], stream: true, options: { num_predict: 5, stop: ["end"] } },
    dropped: ["logit_bias"],
  });
});

test("parts of text are joined, and others refused", () => {
  const parts = [{ type: "text", text: "a" }, { type: "text", text: "b" }];
  assert.deepEqual(request("m", false, { messages: [user(parts)] }).json.messages, [user("ab")]);
  const image = [{ type: "image_url", image_url: { url: "https://x.example" } }];
  assert.throws(() => request("m", false, { messages: [user(image)] }), { class: "unsupported" });
  assert.throws(() => request("m", false, { messages: [], tools: [{}] }), { class: "unsupported" });
});

test("a buffered reply becomes a completion with its usage", () => {
  const reply = completion({ ...end, message: { role: "assistant", content: "Hello" } });
  assert.equal(reply.choices[0].message.content, "Hello");
  assert.deepEqual(reply.usage, { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 });
  assert.throws(() => completion({ done: true }), { class: "malformed" });
});

test("a stream says the same wherever it is split", () => {
  const events = [word("Hel"), word("lo"), end];
  for (let at = 0; at <= events.length; at += 1) {
    const first = chunks(false, events.slice(0, at), false);
    const second = chunks(first.lines.length > 0, events.slice(at), false);
    assert.equal(said(first) + said(second), "Hello");
    const lines = [...first.lines, ...second.lines];
    assert.equal(lines.filter((line) => line.choices[0]?.delta.role).length, 1);
    assert.ok(first.done || second.done);
  }
});

test("a stream that ends early, or with an error, does not look finished", () => {
  assert.throws(() => chunks(true, [], true), { class: "malformed" });
  assert.throws(() => chunks(true, [{ error: "out of memory" }], false), { class: "overloaded" });
});

test("an error has Ollama's words and the class of its status", () => {
  const { class: kind, message } = failure(404, '{"error":"model \\"m\\" not found"}');
  assert.deepEqual([kind, message], ["refused", 'model "m" not found']);
  assert.equal(failure(502, "<html>").class, "overloaded");
});
