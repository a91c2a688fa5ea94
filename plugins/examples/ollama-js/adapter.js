// The adapter as the contract wants it: JSON as bytes outside, objects inside. What it says to Ollama is in ollama.js.

import { body } from "jackfield:plugin/host@1.1.0";
import { readJson, readText, writeJson, writeText } from "./bytes.js";
import { chunks, completion, failure, manifest, request } from "./ollama.js";

const NOTHING = new Uint8Array();

export const adapter = {
  describe: () => writeJson(manifest),

  // Turns the client's request into one HTTP request. The host attaches the credential and sends it.
  prepare(call) {
    const { json, dropped } = request(call.model, call.stream, readJson(body()));
    const http = {
      method: "POST",
      path: "/api/chat",
      headers: [{ name: "content-type", value: "application/json" }],
      body: { tag: "bytes", val: writeJson(json) },
    };
    return {
      tag: "exchange",
      val: {
        request: http,
        framing: call.stream ? "ndjson" : "none",
        dialect: null,
        state: NOTHING,
        delayMs: 0,
        more: writeJson({ dropped }),
      },
    };
  },

  // A buffered reply, whatever its status. What is thrown is the contract's `failure`.
  decode(call, reply) {
    if (reply.status !== 200) {
      throw failure(reply.status, readText(reply.body));
    }
    return { tag: "done", val: { mediaType: "", body: writeJson(completion(readJson(reply.body))), more: NOTHING } };
  },

  // All events of one network read. The state is one byte once the stream has begun: any instance can go on with it.
  decodeEvents(call, state, events, last) {
    const begun = state.length > 0;
    const { lines, done } = chunks(begun, events.map((event) => readJson(event.data)), last);
    const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
    return {
      chunks: writeText(text),
      state: begun || lines.length > 0 ? Uint8Array.of(1) : NOTHING,
      done,
      more: NOTHING,
    };
  },
};
