// The official OpenAI SDK for Node and its Responses API, unchanged, against a running gateway.
//
// Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
// equally. The upstreams are the doubles of two vendors; a word in the user's last message chooses what
// they do. GATEWAY_URL says where the gateway listens.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/v1`,
  apiKey: 'unused',
  maxRetries: 0,
  timeout: 30_000,
});

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};
const ARGUMENTS = [{ city: 'Paris' }, { city: 'Oslo' }];
const FORECAST = {
  type: 'json_schema',
  name: 'forecast',
  strict: true,
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
    required: ['city', 'degrees'],
    additionalProperties: false,
  },
};

for (const model of ['over-openai', 'over-anthropic']) {
  const buffered = (asked) => client.responses.create({ model, ...asked });
  const streamed = (asked) => client.responses.stream({ model, ...asked }).finalResponse();

  describe(`responses, ${model}`, () => {
    for (const [name, answer] of [['buffered', buffered], ['streamed', streamed]]) {
      it(`a text, ${name}`, async () => {
        const response = await answer({ input: 'Please: hello', instructions: 'Be brief.' });
        assert.equal(response.output_text, 'Hello, world! ☀');
        assert.equal(response.status, 'completed');
        assert.equal(response.usage.total_tokens, 18);
      });

      it(`tools over several turns, ${name}`, async () => {
        const input = [{ role: 'user', content: 'Please: weathers' }];
        const asked = { tools: [WEATHER], store: false };
        const response = await answer({ input, ...asked });
        const calls = response.output.filter((item) => item.type === 'function_call');
        assert.deepEqual(calls.map((call) => JSON.parse(call.arguments)), ARGUMENTS);
        input.push(...response.output);
        for (const { call_id, arguments: text } of calls) {
          const output = `18 °C in ${JSON.parse(text).city}`;
          input.push({ type: 'function_call_output', call_id, output });
        }
        const last = await answer({ input, ...asked });
        assert.equal(last.output_text, 'The tool said: 18 °C in Paris; 18 °C in Oslo.');
      });

      it(`structured output, ${name}`, async () => {
        const response = await answer({ input: 'Please: json', text: { format: FORECAST } });
        assert.equal(typeof JSON.parse(response.output_text).city, 'string');
      });
    }

    it('a stream that breaks off', async () => {
      let last;
      const stream = await client.responses.create({ model, input: 'Please: cut', stream: true });
      for await (const event of stream) last = event;
      assert.equal(last.type, 'response.failed');
      assert.equal(last.response.status, 'failed');
    });

    it('what is stored elsewhere', async () => {
      await assert.rejects(buffered({ input: 'Hi', previous_response_id: 'resp_1' }), OpenAI.BadRequestError);
      await assert.rejects(client.responses.retrieve('resp_1'), OpenAI.NotFoundError);
    });
  });
}
