// OpenAI's Agents SDK for JavaScript, unchanged, against a running gateway: an agent with a tool, run and streamed, over
// chat and over responses.
//
// Every story is told twice, over an OpenAI-shaped and over an Anthropic-shaped upstream, and must end
// equally. The upstreams are the doubles of two vendors; a word in the task chooses what they do.
// GATEWAY_URL says where the gateway listens.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Agent, handoff, OpenAIProvider, Runner, tool } from '@openai/agents';
import { z } from 'zod';

const Forecast = z.object({ city: z.string(), degrees: z.number().int() });

for (const model of ['over-openai', 'over-anthropic']) {
  for (const useResponses of [false, true]) {
    const runner = new Runner({
      modelProvider: new OpenAIProvider({
        apiKey: 'unused',
        baseURL: `${process.env.GATEWAY_URL}/v1`,
        useResponses,
      }),
      tracingDisabled: true,
    });
    const asked = [];
    const weather = tool({
      name: 'get_weather',
      description: 'The weather in a city',
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => {
        asked.push(city);
        return `18 °C in ${city}`;
      },
    });
    const agent = new Agent({ name: 'reporter', instructions: 'Be brief.', model, tools: [weather] });

    describe(`agents, ${model}, ${useResponses ? 'responses' : 'chat'}`, () => {
      it('runs with tools over several turns', async () => {
        asked.length = 0;
        const result = await runner.run(agent, 'Please: weathers');
        assert.deepEqual(asked, ['Paris', 'Oslo']);
        assert.equal(result.finalOutput, 'The tool said: 18 °C in Paris; 18 °C in Oslo.');
      });

      it('streams with tools over several turns', async () => {
        asked.length = 0;
        const result = await runner.run(agent, 'Please: weathers', { stream: true });
        let text = '';
        for await (const piece of result.toTextStream()) text += piece;
        await result.completed;
        assert.deepEqual(asked, ['Paris', 'Oslo']);
        assert.equal(result.finalOutput, 'The tool said: 18 °C in Paris; 18 °C in Oslo.');
        assert.ok(text.endsWith(result.finalOutput), text);
      });

      it('goes on with what it said before', async () => {
        const first = await runner.run(agent, 'Please: hello');
        assert.equal(first.finalOutput, 'Hello, world! ☀');
        const second = await runner.run(agent, [...first.history, { role: 'user', content: 'Please: weathers' }]);
        assert.equal(second.finalOutput, 'The tool said: 18 °C in Paris; 18 °C in Oslo.');
      });

      it('answers in a form', async () => {
        const caster = new Agent({ name: 'caster', model, outputType: Forecast });
        const { finalOutput } = await runner.run(caster, 'Please: json');
        assert.equal(Forecast.parse(finalOutput).city, finalOutput.city);
      });

      it('offers another agent as a tool', async () => {
        const desk = new Agent({ name: 'desk', model, handoffs: [handoff(agent)] });
        assert.equal((await runner.run(desk, 'Please: hello')).finalOutput, 'Hello, world! ☀');
      });
    });
  }
}
