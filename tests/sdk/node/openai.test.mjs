// The official OpenAI SDK for Node, unchanged, against a running gateway.
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

// A PNG of one pixel.
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q' +
  'DwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
};
const WEATHER = { type: 'function', function: { name: 'get_weather', parameters: PARAMETERS } };
const ARGUMENTS = [{ city: 'Paris' }, { city: 'Oslo' }];
const FORECAST = {
  type: 'json_schema',
  json_schema: {
    name: 'forecast',
    strict: true,
    schema: {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
      required: ['city', 'degrees'],
      additionalProperties: false,
    },
  },
};

const user = (content) => ({ role: 'user', content });
const choicesOf = (chunks, index) =>
  chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.index === index);
const textOf = (chunks, index = 0) =>
  choicesOf(chunks, index).map((choice) => choice.delta.content ?? '').join('');
const finishReasons = (chunks, index = 0) =>
  choicesOf(chunks, index).map((choice) => choice.finish_reason).filter(Boolean);

for (const [model, provider] of [['over-openai', 'openai-like'], ['over-anthropic', 'anthropic-like']]) {
  const ask = (word, parameters = {}) =>
    client.chat.completions.create({ model, messages: [user(`Please: ${word}`)], ...parameters });
  const read = async (word, parameters = {}) => {
    const chunks = [];
    for await (const chunk of await ask(word, { stream: true, ...parameters })) chunks.push(chunk);
    return chunks;
  };
  const refused = (kind, code, word, parameters) =>
    assert.rejects(ask(word, parameters), (error) => {
      assert.ok(error instanceof kind, `${error}`);
      assert.equal(error.headers.get('x-error-code'), code);
      return true;
    });

  const assertUsage = (usage) => {
    const { prompt_tokens, completion_tokens, total_tokens } = usage;
    assert.deepEqual([prompt_tokens, completion_tokens, total_tokens], [11, 7, 18]);
    assert.equal(usage.prompt_tokens_details.cached_tokens, 4);
  };
  const assertExtensions = (answer) => {
    assert.equal(answer.provider, provider);
    assert.ok(Number.isInteger(answer.latency_ms));
  };
  const assertCalls = (calls, expected) => {
    assert.deepEqual(calls.map((call) => JSON.parse(call.function.arguments)), expected);
    assert.ok(calls.every((call) => call.type === 'function' && call.function.name === 'get_weather'));
    assert.equal(new Set(calls.map((call) => call.id)).size, expected.length);
  };

  describe(model, () => {
    it('gives a buffered answer', async () => {
      const answer = await ask('hello');
      assert.equal(answer.object, 'chat.completion');
      assert.equal(answer.model, model);
      assert.equal(answer.choices.length, 1);
      assert.equal(answer.choices[0].message.content, 'Hello, world! ☀');
      assert.equal(answer.choices[0].finish_reason, 'stop');
      assertUsage(answer.usage);
      assertExtensions(answer);
    });

    it('gives a streamed answer without usage', async () => {
      const chunks = await read('hello');
      assert.ok(chunks.every((chunk) => chunk.model === model && !chunk.usage && chunk.choices.length));
      assert.equal(chunks[0].choices[0].delta.role, 'assistant');
      assert.equal(textOf(chunks), 'Hello, world! ☀');
      assert.deepEqual(finishReasons(chunks), ['stop']);
      assertExtensions(chunks.at(-1));
    });

    it('gives usage in the stream when asked', async () => {
      const chunks = await read('hello', { stream_options: { include_usage: true } });
      const last = chunks.pop();
      assert.deepEqual(last.choices, []);
      assertUsage(last.usage);
      assertExtensions(last);
      assert.ok(chunks.every((chunk) => !chunk.usage));
    });

    it('tells that the limit was reached', async () => {
      assert.equal((await ask('long', { max_tokens: 5 })).choices[0].finish_reason, 'length');
      assert.deepEqual(finishReasons(await read('long', { max_tokens: 5 })), ['length']);
    });

    it('shows its reasoning', async () => {
      const answer = await ask('think', { reasoning_effort: 'low' });
      assert.equal(answer.choices[0].message.reasoning_content, 'Six times seven.');
      const chunks = await read('think', { reasoning_effort: 'low' });
      const pieces = choicesOf(chunks, 0).map((choice) => choice.delta.reasoning_content ?? '');
      assert.equal(pieces.join(''), 'Six times seven.');
    });

    it('calls one tool', async () => {
      const [choice] = (await ask('weather', { tools: [WEATHER] })).choices;
      assert.equal(choice.finish_reason, 'tool_calls');
      assertCalls(choice.message.tool_calls, ARGUMENTS.slice(0, 1));
    });

    it('calls two tools at once', async () => {
      const [choice] = (await ask('weathers', { tools: [WEATHER], tool_choice: 'auto' })).choices;
      assertCalls(choice.message.tool_calls, ARGUMENTS);
    });

    it('streams the arguments of tools in pieces', async () => {
      const chunks = await read('weathers', { tools: [WEATHER] });
      const pieces = choicesOf(chunks, 0).flatMap((choice) => choice.delta.tool_calls ?? []);
      for (const [index, expected] of ARGUMENTS.entries()) {
        const mine = pieces.filter((piece) => piece.index === index);
        const filled = mine.map((piece) => piece.function?.arguments).filter(Boolean);
        assert.ok(filled.length > 1);
        assert.deepEqual(JSON.parse(filled.join('')), expected);
      }
      assert.deepEqual(finishReasons(chunks), ['tool_calls']);
    });

    for (const stream of [false, true]) {
      it(`works with the tool runner, ${stream ? 'streamed' : 'buffered'}`, async () => {
        const asked = [];
        const weather = async ({ city }) => {
          asked.push(city);
          return `18 °C in ${city}`;
        };
        const tool = { name: 'get_weather', description: 'The weather', parameters: PARAMETERS };
        const runner = client.chat.completions.runTools({
          model,
          stream,
          messages: [user('weathers')],
          tools: [{ type: 'function', function: { ...tool, function: weather, parse: JSON.parse } }],
        });
        const expected = 'The tool said: 18 °C in Paris; 18 °C in Oslo.';
        assert.equal(await runner.finalContent(), expected);
        assert.deepEqual(asked, ['Paris', 'Oslo']);
      });
    }

    it('gives JSON that conforms to a schema', async () => {
      const expected = { city: 'Paris', degrees: 18 };
      const answer = await ask('json', { response_format: FORECAST });
      assert.deepEqual(JSON.parse(answer.choices[0].message.content), expected);
      const chunks = await read('json', { response_format: FORECAST });
      assert.deepEqual(JSON.parse(textOf(chunks)), expected);
    });

    it('sees images', async () => {
      for (const [url, seen] of [[PNG, 'image/png'], ['https://host.example/a', 'https://host.example/a']]) {
        const parts = [{ type: 'text', text: 'image' }, { type: 'image_url', image_url: { url } }];
        const answer = await ask('', { messages: [user(parts)] });
        assert.equal(answer.choices[0].message.content, `I see ${seen}`);
      }
    });

    it('treats several choices as its upstream does', async () => {
      if (model === 'over-anthropic') {
        await refused(OpenAI.BadRequestError, 'INVALID_REQUEST', 'hello', { n: 2 });
        return;
      }
      assert.equal((await ask('hello', { n: 2 })).choices.length, 2);
      const chunks = await read('hello', { n: 2 });
      for (const index of [0, 1]) assert.equal(textOf(chunks, index), 'Hello, world! ☀');
    });

    it('refuses what the upstream finds wrong', async () => {
      await refused(OpenAI.BadRequestError, 'INVALID_REQUEST', 'error-400');
    });

    it('fails as the upstream fails', async () => {
      for (const word of ['error-401', 'error-500', 'cut']) {
        await refused(OpenAI.InternalServerError, 'PROVIDER_ERROR', word);
      }
      await refused(OpenAI.RateLimitError, 'PROVIDER_RATE_LIMITED', 'error-429');
      await refused(OpenAI.InternalServerError, 'PROVIDER_ERROR', 'error-500', { stream: true });
    });

    it('ends a broken stream with an error', async () => {
      for (const word of ['cut', 'error-midway']) {
        const chunks = [];
        const reading = async () => {
          for await (const chunk of await ask(word, { stream: true })) chunks.push(chunk);
        };
        await assert.rejects(reading, OpenAI.APIError);
        assert.equal(textOf(chunks), 'This text stays');
        assert.deepEqual(finishReasons(chunks), []);
      }
    });

    it('is listed', async () => {
      const ids = [];
      for await (const listed of client.models.list()) ids.push(listed.id);
      assert.ok(ids.includes(model));
      assert.equal((await client.models.retrieve(model)).id, model);
    });
  });
}

describe('no model', () => {
  it('is a bad request', async () => {
    const asking = client.chat.completions.create({ model: 'no-such-model', messages: [user('hello')] });
    await assert.rejects(asking, (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
      assert.equal(error.headers.get('x-error-code'), 'INVALID_MODEL');
      assert.equal(error.code, 'INVALID_MODEL');
      return true;
    });
    await assert.rejects(client.models.retrieve('no-such-model'), OpenAI.NotFoundError);
  });
});
