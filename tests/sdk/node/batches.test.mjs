// Files and batches with the official SDKs for Node, unchanged, against a running gateway. GATEWAY_URL says where the
// gateway listens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";

const common = { apiKey: "unused", maxRetries: 0, timeout: 30_000 };
const openai = new OpenAI({ baseURL: `${process.env.GATEWAY_URL}/v1`, ...common });
const anthropic = new Anthropic({ baseURL: process.env.GATEWAY_URL, ...common });

// Asks until the answer is as it should be.
async function until(ask, is) {
  for (let round = 0; round < 600; round += 1) {
    const answer = await ask();
    if (is(answer)) return answer;
    await wait(100);
  }
  throw new Error("it did not come");
}

test("a batch of chats goes from its file to its results", async () => {
  const line = (custom_id, model) => ({
    custom_id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, messages: [{ role: "user", content: `say ${custom_id}` }] },
  });
  const lines = [line("a", "echo"), line("b", "none")].map((one) => JSON.stringify(one)).join("\n");
  const file = await openai.files.create({ file: await toFile(Buffer.from(lines), "lines.jsonl"), purpose: "batch" });
  assert.equal(file.bytes, lines.length);
  const ordered = await openai.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  const batch = await until(
    () => openai.batches.retrieve(ordered.id),
    (one) => one.status === "completed",
  );
  assert.deepEqual(batch.request_counts, { total: 2, completed: 1, failed: 1 });
  const results = await (await openai.files.content(batch.output_file_id)).text();
  const result = JSON.parse(results.trim());
  assert.equal(result.custom_id, "a");
  assert.match(result.response.body.choices[0].message.content, /say a/);
  const listed = [];
  for await (const one of openai.batches.list({ limit: 1 })) listed.push(one.id);
  assert.ok(listed.includes(batch.id));
  assert.equal((await openai.files.delete(file.id)).deleted, true);
});

test("a batch of messages has its results line by line", async () => {
  const request = (custom_id, model) => ({
    custom_id,
    params: { model, max_tokens: 64, messages: [{ role: "user", content: `say ${custom_id}` }] },
  });
  const { batches } = anthropic.messages;
  const ordered = await batches.create({ requests: [request("a", "echo"), request("b", "none")] });
  const batch = await until(
    () => batches.retrieve(ordered.id),
    (one) => one.processing_status === "ended",
  );
  assert.equal(batch.request_counts.succeeded, 1);
  const results = {};
  for await (const one of await batches.results(batch.id)) results[one.custom_id] = one.result;
  assert.match(results.a.message.content[0].text, /say a/);
  assert.equal(results.b.error.error.type, "not_found_error");
  assert.equal((await batches.delete(batch.id)).type, "message_batch_deleted");
});

test("a cancelled batch has a report for each line", async () => {
  const body = { model: "echo", messages: [{ role: "user", content: "hello" }] };
  const names = Array.from({ length: 2000 }, (_, number) => `n${number}`);
  const lines = names.map((custom_id) =>
    JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body }),
  );
  const upload = await toFile(Buffer.from(lines.join("\n")), "lines.jsonl");
  const file = await openai.files.create({ file: upload, purpose: "batch" });
  const ordered = await openai.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  assert.equal((await openai.batches.cancel(ordered.id)).status, "cancelling");
  const batch = await until(
    () => openai.batches.retrieve(ordered.id),
    (one) => one.status !== "cancelling",
  );
  assert.equal(batch.status, "cancelled");
  assert.ok(batch.cancelled_at >= batch.cancelling_at);
  const reports = [];
  for (const id of [batch.output_file_id, batch.error_file_id].filter(Boolean)) {
    const text = await (await openai.files.content(id)).text();
    reports.push(...text.trim().split("\n").map((line) => JSON.parse(line)));
  }
  assert.deepEqual(reports.map((report) => report.custom_id).sort(), names.sort());
  const answered = reports.filter((report) => report.response?.status_code === 200).length;
  const cancelled = reports.filter((report) => report.error?.code === "batch_cancelled").length;
  assert.equal(answered + cancelled, names.length);
  assert.deepEqual(batch.request_counts, { total: names.length, completed: answered, failed: cancelled });
});

test("a cancelled batch of messages has a result for each request", async () => {
  const params = { model: "echo", max_tokens: 64, messages: [{ role: "user", content: "hello" }] };
  const names = Array.from({ length: 2000 }, (_, number) => `n${number}`);
  const { batches } = anthropic.messages;
  const ordered = await batches.create({ requests: names.map((custom_id) => ({ custom_id, params })) });
  const cancelled = await batches.cancel(ordered.id);
  assert.equal(cancelled.processing_status, "canceling");
  assert.ok(cancelled.cancel_initiated_at);
  const batch = await until(
    () => batches.retrieve(ordered.id),
    (one) => one.processing_status !== "canceling",
  );
  assert.equal(batch.processing_status, "ended");
  const types = {};
  for await (const one of await batches.results(batch.id)) types[one.custom_id] = one.result.type;
  assert.deepEqual(Object.keys(types).sort(), names.sort());
  const count = (type) => Object.values(types).filter((one) => one === type).length;
  assert.ok(count("canceled") > 0);
  const { succeeded, canceled } = batch.request_counts;
  assert.deepEqual([succeeded, canceled], [count("succeeded"), count("canceled")]);
  assert.equal(succeeded + canceled, names.length);
});
