// The shaper as the contract wants it: JSON as bytes outside, objects inside. What it does to texts is in words.js.

import { readJson, writeJson, writeText } from "./bytes.js";
import { LONGEST, hide } from "./words.js";

const NOTHING = new Uint8Array();

const manifest = {
  kind: "shaper",
  name: "my-plugin",
  version: "0.1.0",
  needs: ["texts", "reply"],
  window: LONGEST,
  settings: {
    type: "object",
    properties: { words: { type: "array", items: { type: "string" } } },
    additionalProperties: false,
  },
};

export const shaper = {
  describe: () => writeJson(manifest),

  // Looks at a request before it is routed: what to change in it.
  shapeRequest: (call, parts) => changed(call, parts),

  // Looks at a buffered reply.
  shapeReply: (call, state, parts) => changed(call, parts),

  // Looks at a piece of a streamed reply: how much of it is done with, in bytes, and what the client gets for that.
  shapeText(call, state, { text, last }) {
    const { done, hidden } = hide(words(call), text, last);
    return { taken: writeText(done).length, text: hidden, state, refusal: null, more: NOTHING };
  },
};

function changed(call, parts) {
  const replacements = parts
    .map(({ path, text }) => ({ path, before: text, text: hide(words(call), text, true).hidden }))
    .filter(({ before, text }) => before !== text)
    .map(({ path, text }) => ({ path, text }));
  const val = { parameters: NOTHING, replacements, instructions: [], state: NOTHING, more: NOTHING };
  return { tag: "patch", val };
}

const words = (call) => readJson(call.settings).words ?? [];
