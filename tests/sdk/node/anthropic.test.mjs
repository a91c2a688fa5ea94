// The official Anthropic SDK for Node, unchanged, against a running gateway.
//
// Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
// equally; what OpenAI's API has no words for is told over Anthropic's alone. The upstreams are the
// doubles of two vendors; a word in the user's last message chooses what they do. GATEWAY_URL says where
// the gateway listens, GUARDED_URL where one that demands a key does.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';

// Templates, because of an address that is missing the SDK would take the vendor's own.
const CLIENT = { baseURL: `${process.env.GATEWAY_URL}`, apiKey: 'unused', maxRetries: 0, timeout: 30_000 };
const client = new Anthropic(CLIENT);

// A PNG of one pixel.
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q' +
  'DwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
};
const WEATHER = { name: 'get_weather', description: 'The weather', input_schema: SCHEMA };
const INPUTS = [{ city: 'Paris' }, { city: 'Oslo' }];
const RESULT = 'The tool said: 18 °C in Paris; 18 °C in Oslo.';
const FORECAST = {
  type: 'json_schema',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
    required: ['city', 'degrees'],
    additionalProperties: false,
  },
};
// The budget is the least that Anthropic allows, and must be less than `max_tokens`.
const THINKING = { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 2048 };

const user = (content) => ({ role: 'user', content });
const text = (words) => ({ type: 'text', text: words });
const textOf = (events) =>
  events
    .filter((event) => event.type === 'content_block_delta' && event.delta.type === 'text_delta')
    .map((event) => event.delta.text)
    .join('');

for (const model of ['over-openai', 'over-anthropic']) {
  const request = (word, parameters = {}) => ({
    model,
    max_tokens: 100,
    messages: [user(`Please: ${word}`)],
    ...parameters,
  });
  const ask = (word, parameters) => client.messages.create(request(word, parameters));
  const gather = (word, parameters) => client.messages.stream(request(word, parameters)).finalMessage();
  const both = async (word, parameters) => [await ask(word, parameters), await gather(word, parameters)];
  const read = async (word, events = []) => {
    for await (const event of await ask(word, { stream: true })) events.push(event);
    return events;
  };
  const refused = (kind, type, code, word, parameters) =>
    assert.rejects(ask(word, parameters), (error) => {
      assert.ok(error instanceof kind, `${error}`);
      assert.equal(error.type, type);
      assert.equal(error.headers.get('x-error-code'), code);
      return true;
    });

  const assertUsage = ({ input_tokens, cache_read_input_tokens, output_tokens }) =>
    // Anthropic counts what came from the cache apart.
    assert.deepEqual([input_tokens, cache_read_input_tokens, output_tokens], [7, 4, 7]);
  const assertCalls = (answer, expected) => {
    assert.equal(answer.stop_reason, 'tool_use');
    assert.deepEqual(answer.content.map((block) => block.input), expected);
    assert.ok(answer.content.every((block) => block.type === 'tool_use' && block.name === 'get_weather'));
    assert.equal(new Set(answer.content.map((block) => block.id)).size, expected.length);
  };

  describe(model, () => {
    it('gives the same answer buffered and streamed', async () => {
      for (const answer of await both('hello')) {
        assert.equal(answer.type, 'message');
        assert.equal(answer.model, model);
        assert.match(answer.id, /^msg_/);
        assert.equal(answer.content.length, 1);
        assert.equal(answer.content[0].text, 'Hello, world! ☀');
        assert.equal(answer.stop_reason, 'end_turn');
        assertUsage(answer.usage);
      }
    });

    it('streams its events in order', async () => {
      const events = await read('hello');
      const kinds = events.map((event) => event.type);
      assert.deepEqual(kinds.slice(0, 2), ['message_start', 'content_block_start']);
      assert.deepEqual(kinds.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
      assert.equal(textOf(events), 'Hello, world! ☀');
    });

    it('tells that the limit was reached', async () => {
      for (const answer of await both('long', { max_tokens: 5 })) assert.equal(answer.stop_reason, 'max_tokens');
    });

    it('takes a conversation with every usual parameter', async () => {
      const answer = await ask('', {
        system: [text('Be brief.'), { ...text('Be kind.'), cache_control: { type: 'ephemeral' } }],
        messages: [user('Who?'), { role: 'assistant', content: 'A double.' }, user([text('Say'), text('hello')])],
        stop_sequences: ['END'],
        metadata: { user_id: 'somebody' },
      });
      assert.equal(answer.content[0].text, 'Hello, world! ☀');
    });

    it('calls one tool', async () => {
      for (const answer of await both('weather', { tools: [WEATHER] })) assertCalls(answer, INPUTS.slice(0, 1));
    });

    it('calls two tools at once', async () => {
      const parameters = { tools: [WEATHER], tool_choice: { type: 'auto' } };
      for (const answer of await both('weathers', parameters)) assertCalls(answer, INPUTS);
    });

    it('uses the results of tools', async () => {
      const question = user('weathers');
      const called = await ask('', { messages: [question], tools: [WEATHER] });
      const results = called.content.map((block) => ({
        type: 'tool_result',
        tool_use_id: block.id,
        content: [text(`18 °C in ${block.input.city}`)],
      }));
      const messages = [question, { role: 'assistant', content: called.content }, user(results)];
      for (const answer of await both('', { messages, tools: [WEATHER] })) {
        assert.equal(answer.content[0].text, RESULT);
      }
    });

    // By default the runner asks for a thread, which the gateway does not keep: its refusal, in the API's words, must
    // make the runner send the whole conversation each time.
    for (const thread of [false, undefined]) {
      for (const stream of [false, true]) {
        const how = `${stream ? 'streamed' : 'buffered'}, ${thread === false ? 'without' : 'asking for'} a thread`;
        it(`works with the tool runner, ${how}`, async () => {
          const asked = [];
          const weather = betaTool({
            name: 'get_weather',
            description: 'The weather',
            inputSchema: SCHEMA,
            run: ({ city }) => {
              asked.push(city);
              return `18 °C in ${city}`;
            },
          });
          const own = thread === false ? { thread } : {};
          const runner = client.beta.messages.toolRunner({ ...request('weathers'), tools: [weather], stream, ...own });
          assert.equal((await runner.runUntilDone()).content[0].text, RESULT);
          assert.deepEqual(asked, ['Paris', 'Oslo']);
        });
      }
    }

    it('gives JSON that conforms to a schema', async () => {
      for (const answer of await both('json', { output_config: { format: FORECAST } })) {
        assert.deepEqual(JSON.parse(answer.content[0].text), { city: 'Paris', degrees: 18 });
      }
    });

    it('sees images', async () => {
      const source = { type: 'base64', media_type: 'image/png', data: PNG };
      const answer = await ask('', { messages: [user([text('image'), { type: 'image', source }])] });
      assert.equal(answer.content[0].text, 'I see image/png');
    });

    it('thinks and keeps its signature, where the upstream has one', async () => {
      if (model !== 'over-anthropic') return;
      const question = user('think');
      for (const said of await both('', { messages: [question], ...THINKING })) {
        assert.equal(said.content[0].thinking, 'Six times seven.');
        const messages = [question, { role: 'assistant', content: said.content }, user('hello')];
        assert.equal((await ask('', { messages, ...THINKING })).content[0].text, 'Hello, world! ☀');
      }
    });

    it('refuses what the upstream finds wrong', async () => {
      await refused(Anthropic.BadRequestError, 'invalid_request_error', 'INVALID_REQUEST', 'error-400');
    });

    it('fails as the upstream fails', async () => {
      for (const word of ['error-401', 'error-500', 'cut']) {
        await refused(Anthropic.InternalServerError, 'api_error', 'PROVIDER_ERROR', word);
      }
      await refused(Anthropic.RateLimitError, 'rate_limit_error', 'PROVIDER_RATE_LIMITED', 'error-429');
    });

    it('ends a broken stream with an error', async () => {
      for (const word of ['cut', 'error-midway']) {
        const events = [];
        await assert.rejects(read(word, events), Anthropic.APIError);
        assert.equal(textOf(events), 'This text stays');
        assert.ok(events.every((event) => !['message_delta', 'message_stop'].includes(event.type)));
      }
    });
  });
}

describe('the rest', () => {
  it('counts tokens', async () => {
    for (const model of ['over-anthropic', 'echo']) {
      const count = await client.messages.countTokens({ model, messages: [user('hello')] });
      assert.ok(count.input_tokens > 0);
    }
  });

  it('refuses an unknown model', async () => {
    const asking = client.messages.create({ model: 'no-such-model', max_tokens: 5, messages: [user('hello')] });
    await assert.rejects(asking, Anthropic.NotFoundError);
    await assert.rejects(client.models.retrieve('no-such-model'), Anthropic.NotFoundError);
  });

  it('lists the models page by page', async () => {
    const listed = [];
    for await (const model of client.models.list({ limit: 3 })) listed.push(model);
    const ids = listed.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ['over-openai', 'over-anthropic', 'echo']) assert.ok(ids.includes(id));
    const { type, id, display_name: name } = await client.models.retrieve(ids[0]);
    assert.deepEqual([type, id, typeof name], ['model', ids[0], 'string']);
  });

  it('refuses a key that nobody has', async () => {
    const stranger = new Anthropic({
      ...CLIENT,
      baseURL: `${process.env.GUARDED_URL}`,
      apiKey: `rk_${'0'.repeat(64)}`,
    });
    const asking = stranger.messages.create({ model: 'echo', max_tokens: 5, messages: [user('hello')] });
    await assert.rejects(asking, (error) => {
      assert.ok(error instanceof Anthropic.AuthenticationError, `${error}`);
      assert.equal(error.type, 'authentication_error');
      return true;
    });
  });
});
