// The official SDKs of OpenAI and of Anthropic for Node, unchanged, over the protocol of every vendor with an adapter for
// chats.
//
// Each reply is a recording of the vendor's own, in one piece or as a stream. Both SDKs must read the same, and also in both
// forms where they are of one reply: where the case of the stream says so (`whole`).

import Anthropic from '@anthropic-ai/sdk';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';

import { chats, gateway, replay } from './scripted.mjs';

const ASK = [{ role: 'user', content: 'Go.' }];
const FINISH = { stop: 'end', tool_calls: 'calls', end_turn: 'end', tool_use: 'calls' };

// The cases of each adapter: the reply in one piece, the stream, and whether they are of one reply.
const RECORDED = {
  anthropic: [['text', 'text'], ['thinking', 'thinking'], ['tool_calls', 'tool_calls']],
  bedrock: [['text', 'text', true], ['reasoning', 'reasoning', true], ['tool_calls', 'tool_calls', true]],
  cohere: [['text', 'text'], ['thinking', 'thinking'], ['tool_calls', 'tool_calls']],
  gemini: [['text', 'text'], ['tool_calls', 'tool_calls', true]],
  mistral: [['text', 'text', true], ['thinking', 'thinking', true], ['tool_calls', 'tool_calls']],
  ollama: [['text_of_the_stream', 'text', true], ['thinking_and_tools', 'thinking_and_tools', true]],
};
// What a provider of the adapter needs beside its URL.
const MEMBERS = { bedrock: { auth: { scheme: 'bearer' } } };

// Vendors whose chats are in OpenAI's form: their replies are written here.
const SPOKEN = { 'azure-openai': '/openai/v1', minimax: '/v1', openai: '/v1' };
const CALL = { id: 'c_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } };
const USAGE = { prompt_tokens: 38, completion_tokens: 9, total_tokens: 47 };
const HEAD = { id: 'c-1', created: 1750000000, model: 'm' };
const WHOLE = {
  ...HEAD,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'I will look.', tool_calls: [CALL] },
      finish_reason: 'tool_calls',
    },
  ],
  usage: USAGE,
};
const chunk = (delta, finish = null) => ({
  ...HEAD,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const piece = (call) => ({ tool_calls: [{ index: 0, ...call }] });
const CHUNKS = [
  chunk({ role: 'assistant', content: 'I will ' }),
  chunk({ content: 'look.' }),
  chunk(piece({ ...CALL, function: { name: 'weather', arguments: '' } })),
  chunk(piece({ function: { arguments: '{"city":' } })),
  chunk(piece({ function: { arguments: '"Oslo"}' } })),
  chunk({}, 'tool_calls'),
  { ...chunk({}), choices: [], usage: USAGE },
];

function ofCompletion({ choices: [choice], usage }) {
  const calls = (choice.message.tool_calls ?? []).map((call) => [
    call.function.name,
    JSON.parse(call.function.arguments || '{}'),
  ]);
  const tokens = [usage.prompt_tokens, usage.completion_tokens];
  return { text: choice.message.content ?? '', calls, finish: FINISH[choice.finish_reason], tokens };
}

function ofMessage({ content, stop_reason: reason, usage }) {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  const calls = content.flatMap((block) => (block.type === 'tool_use' ? [[block.name, block.input]] : []));
  const given = [usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens];
  const prompt = given.reduce((sum, tokens) => sum + (tokens ?? 0), 0);
  return { text, calls, finish: FINISH[reason], tokens: [prompt, usage.output_tokens] };
}

describe('over every vendor, both SDKs read the same, buffered and streamed', () => {
  const running = [];
  let openai;
  let anthropic;

  before(async () => {
    const providers = {};
    const models = {};
    const add = (name, provider) => {
      providers[name] = { api_key: 'k', ...provider };
      models[name] = { pricing: { input_per_million: 1, output_per_million: 2 }, chain: [{ provider: name, model: 'm' }] };
    };
    for (const [adapter, cases] of Object.entries(RECORDED)) {
      const upstream = await replay(adapter);
      running.push(upstream);
      for (const [whole, stream] of cases) {
        const provider = { adapter, base_url: upstream.url, ...MEMBERS[adapter] };
        add(`${adapter}-${stream}`, { ...provider, headers: { 'x-jackfield-case': `response/${whole}` } });
        add(`${adapter}-${stream}-streamed`, { ...provider, headers: { 'x-jackfield-case': `stream/${stream}` } });
      }
    }
    const upstream = await chats(WHOLE, CHUNKS);
    running.push(upstream);
    for (const [adapter, path] of Object.entries(SPOKEN)) {
      add(`${adapter}-calls`, { adapter, base_url: upstream.url + path });
      add(`${adapter}-calls-streamed`, { adapter, base_url: upstream.url + path });
    }
    const { url, close } = await gateway(providers, models);
    running.push({ close });
    const once = { apiKey: 'unused', maxRetries: 0, timeout: 30_000 };
    openai = new OpenAI({ baseURL: `${url}/v1`, ...once });
    anthropic = new Anthropic({ baseURL: url, ...once });
  });

  after(() => running.forEach(({ close }) => close()));

  const readings = {
    'OpenAI': async (model) => ofCompletion(await openai.chat.completions.create({ model, messages: ASK })),
    'OpenAI, streamed': async (model) => {
      const asked = { model: `${model}-streamed`, messages: ASK, stream_options: { include_usage: true } };
      return ofCompletion(await openai.chat.completions.stream(asked).finalChatCompletion());
    },
    'Anthropic': async (model) =>
      ofMessage(await anthropic.messages.create({ model, max_tokens: 99, messages: ASK })),
    'Anthropic, streamed': async (model) => {
      const asked = { model: `${model}-streamed`, max_tokens: 99, messages: ASK };
      return ofMessage(await anthropic.messages.stream(asked).finalMessage());
    },
  };

  const recorded = Object.entries(RECORDED).flatMap(([adapter, cases]) =>
    cases.map(([, stream, isOne]) => [`${adapter}-${stream}`, isOne]),
  );
  for (const [model, isOne] of [...recorded, ...Object.keys(SPOKEN).map((adapter) => [`${adapter}-calls`, true])]) {
    it(model, async () => {
      const said = {};
      for (const [reader, read] of Object.entries(readings)) said[reader] = await read(model);
      for (const [reader, one] of Object.entries(said)) {
        assert.ok(one.text || one.calls.length, `${reader}: it says something`);
        assert.ok(one.finish && one.tokens.every((count) => count > 0), `${reader}: ${JSON.stringify(one)}`);
      }
      assert.deepEqual(said['Anthropic'], said['OpenAI'], 'in one piece');
      assert.deepEqual(said['Anthropic, streamed'], said['OpenAI, streamed'], 'streamed');
      if (isOne) assert.deepEqual(said['OpenAI, streamed'], said['OpenAI'], 'in both forms');
    });
  }
});
