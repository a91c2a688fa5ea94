// Speech, recordings, moderation and older completions with the official OpenAI SDK for Node, unchanged, against a running
// gateway. GATEWAY_URL says where the gateway listens.
import assert from "node:assert/strict";
import { test } from "node:test";

import OpenAI, { toFile } from "openai";

const client = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/v1`,
  apiKey: "unused",
  maxRetries: 0,
  timeout: 30_000,
});

test("a text is spoken, and what is said is written down", async () => {
  const speech = await client.audio.speech.create({ model: "echo-speech", input: "Hello world", voice: "alloy" });
  assert.equal(speech.headers.get("content-type"), "audio/wav");
  const bytes = Buffer.from(await speech.arrayBuffer());
  assert.equal(bytes.subarray(0, 4).toString(), "RIFF");
  const file = await toFile(bytes, "hello.wav", { type: "audio/wav" });
  const transcript = await client.audio.transcriptions.create({ model: "echo-transcription", file });
  assert.equal(transcript.text, `hello.wav (audio/wav, ${bytes.length} bytes)`);
});

test("a picture is changed", async () => {
  const image = await toFile(Buffer.from("\x89PNG"), "a.png", { type: "image/png" });
  const answer = await client.images.edit({ model: "echo-images", image: [image, image], prompt: "A grey pixel" });
  assert.ok(answer.data[0].b64_json);
});

test("texts are judged", async () => {
  const answer = await client.moderations.create({ model: "echo-moderation", input: ["Hello", "violence"] });
  assert.deepEqual(answer.results.map((result) => result.flagged), [false, true]);
});

for (const model of ["echo", "over-openai", "over-anthropic"]) {
  test(`a prompt is completed over ${model}, buffered and streamed`, async () => {
    const whole = await client.completions.create({ model, prompt: "hello" });
    assert.equal(whole.object, "text_completion");
    let said = "";
    for await (const chunk of await client.completions.create({ model, prompt: "hello", stream: true })) {
      said += chunk.choices.map((choice) => choice.text).join("");
    }
    assert.equal(said, whole.choices[0].text);
  });
}
