// Google's Gen AI SDK for Node, unchanged, against a running gateway.
//
// Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
// equally. The upstreams are the doubles of two vendors; a word in the user's last message chooses what
// they do. GATEWAY_URL says where the gateway listens.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GoogleGenAI } from '@google/genai';

const ai = new GoogleGenAI({
  apiKey: 'unused',
  httpOptions: { baseUrl: process.env.GATEWAY_URL, timeout: 30_000 },
});

const WEATHER = {
  name: 'get_weather',
  parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const ARGUMENTS = [{ city: 'Paris' }, { city: 'Oslo' }];
const THINKING = { maxOutputTokens: 20_000, thinkingConfig: { thinkingBudget: 2048, includeThoughts: true } };

const all = async (replies) => {
  const list = [];
  for await (const reply of replies) list.push(reply);
  return list;
};
const user = (text) => ({ role: 'user', parts: [{ text }] });

for (const model of ['over-openai', 'over-anthropic']) {
  const buffered = async (asked) => [await ai.models.generateContent({ model, ...asked })];
  const streamed = async (asked) => all(await ai.models.generateContentStream({ model, ...asked }));
  const partsOf = (replies) => replies.flatMap((reply) => reply.candidates[0].content.parts);
  const textOf = (parts) => parts.map((part) => part.text ?? '').join('');

  describe(`gemini, ${model}`, () => {
    for (const [name, answer] of [['buffered', buffered], ['streamed', streamed]]) {
      it(`a text, ${name}`, async () => {
        const replies = await answer({ contents: 'Please: hello', config: { systemInstruction: 'Be brief.' } });
        assert.equal(textOf(partsOf(replies)), 'Hello, world! ☀');
        assert.equal(replies.at(-1).candidates[0].finishReason, 'STOP');
        assert.equal(replies.at(-1).usageMetadata.totalTokenCount, 18);
      });

      it(`tools over several turns, ${name}`, async () => {
        const contents = [user('Please: weathers')];
        const config = { tools: [{ functionDeclarations: [WEATHER] }] };
        const parts = partsOf(await answer({ contents, config }));
        const calls = parts.filter((part) => part.functionCall).map((part) => part.functionCall);
        assert.deepEqual(calls.map((call) => call.args), ARGUMENTS);
        contents.push({ role: 'model', parts });
        const results = calls.map(({ id, name, args }) => ({
          functionResponse: { id, name, response: { output: `18 °C in ${args.city}` } },
        }));
        contents.push({ role: 'user', parts: results });
        const last = partsOf(await answer({ contents, config }));
        assert.equal(textOf(last), 'The tool said: 18 °C in Paris; 18 °C in Oslo.');
      });

      it(`thinking goes around, ${name}`, async () => {
        const parts = partsOf(await answer({ contents: 'Please: think', config: THINKING }));
        assert.equal(textOf(parts.filter((part) => part.thought)), 'Six times seven.');
        const said = parts.filter((part) => !part.thought);
        assert.equal(textOf(said), 'Forty-two');
        assert.ok(said[0].thoughtSignature);
        const contents = [user('Please: think'), { role: 'model', parts }, user('Please: hello')];
        assert.equal(textOf(partsOf(await answer({ contents, config: THINKING }))), 'Hello, world! ☀');
      });
    }

    it('a chat remembers its history', async () => {
      const chat = ai.chats.create({ model });
      await chat.sendMessage({ message: 'Please: hello' });
      await all(await chat.sendMessageStream({ message: 'Please: hello' }));
      assert.equal(chat.getHistory(true).length, chat.getHistory().length);
    });

    it('a stream that fails midway', async () => {
      await assert.rejects(streamed({ contents: 'Please: cut' }), /UNAVAILABLE/);
    });

    it('errors', async () => {
      await assert.rejects(ai.models.generateContent({ model: 'nobody', contents: 'hello' }), { status: 404 });
      await assert.rejects(buffered({ contents: 'Please: error-500' }), { status: 502 });
    });

    it('a count', async () => {
      assert.ok((await ai.models.countTokens({ model, contents: 'hello' })).totalTokens > 0);
    });
  });
}

describe('gemini', () => {
  it('embeddings', async () => {
    const reply = await ai.models.embedContent({ model: 'over-openai-embeddings', contents: ['one', 'two'] });
    assert.equal(reply.embeddings.length, 2);
  });

  it('models', async () => {
    const models = await all(await ai.models.list({ config: { pageSize: 2 } }));
    assert.ok(models.some((model) => model.name === 'models/over-openai'));
  });
});
