// Embeddings and images with the official OpenAI SDK for Node, unchanged, against a running gateway.
//
// Told over an OpenAI-shaped upstream, the double of a vendor, and over the adapter that answers by
// itself. GATEWAY_URL says where the gateway listens.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/v1`,
  apiKey: 'unused',
  maxRetries: 0,
  timeout: 30_000,
});

for (const [upstream, provider] of [['over-openai', 'openai-like'], ['echo', 'echo']]) {
  describe(`embeddings: ${upstream}`, () => {
    const model = `${upstream}-embeddings`;

    it('keep the order of the texts', async () => {
      const answer = await client.embeddings.create({ model, input: ['one', 'two', 'one'] });
      assert.equal(answer.object, 'list');
      assert.equal(answer.model, model);
      assert.equal(answer.provider, provider);
      assert.deepEqual(answer.data.map((item) => item.index), [0, 1, 2]);
      assert.deepEqual(answer.data[0].embedding, answer.data[2].embedding);
      assert.notDeepEqual(answer.data[0].embedding, answer.data[1].embedding);
      assert.ok(answer.usage.total_tokens > 0);
    });

    it('are the same as numbers and in base64', async () => {
      const numbers = await client.embeddings.create({ model, input: 'Hello', encoding_format: 'float' });
      // Unless told otherwise the SDK asks for base64 and decodes it.
      const decoded = await client.embeddings.create({ model, input: 'Hello' });
      const pairs = numbers.data[0].embedding.map((number, place) => [number, decoded.data[0].embedding[place]]);
      assert.ok(pairs.length > 1 && pairs.length === decoded.data[0].embedding.length);
      for (const [number, other] of pairs) assert.ok(Math.abs(number - other) < 1e-5);
    });
  });

  describe(`images: ${upstream}`, () => {
    const model = `${upstream}-images`;

    it('come in the format that was asked for', async () => {
      const request = { model, prompt: 'A grey pixel' };
      const whole = await client.images.generate({ ...request, n: 2, response_format: 'b64_json' });
      assert.equal(whole.provider, provider);
      assert.equal(whole.data.length, 2);
      for (const image of whole.data) {
        assert.equal(Buffer.from(image.b64_json, 'base64').subarray(1, 4).toString(), 'PNG');
        assert.equal(image.url, null);
      }
      const address = await client.images.generate({ ...request, response_format: 'url' });
      assert.match(address.data[0].url, /^(https?|data):/);
    });
  });
}
