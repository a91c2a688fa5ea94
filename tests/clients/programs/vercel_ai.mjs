// An agent with two tools, asked with generateText and with streamText; prints what it says in the end.

import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { API, KEY, MODEL, DIALECT, TASK, INSTALLED } = process.env;
const require = createRequire(`${INSTALLED}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const [{ generateText, streamText, stepCountIs, tool }, { createOpenAI }, { createAnthropic }, { z }] =
  await Promise.all(["ai", "@ai-sdk/openai", "@ai-sdk/anthropic", "zod"].map(load));

const providers = {
  chat: () => createOpenAI({ baseURL: API, apiKey: KEY }).chat(MODEL),
  responses: () => createOpenAI({ baseURL: API, apiKey: KEY })(MODEL),
  messages: () => createAnthropic({ baseURL: API, apiKey: KEY })(MODEL),
};

const tools = {
  read_note: tool({
    description: "Reads a note.",
    inputSchema: z.object({ name: z.string() }),
    execute: ({ name }) => readFile(name, "utf8"),
  }),
  write_note: tool({
    description: "Writes a note.",
    inputSchema: z.object({ name: z.string(), text: z.string() }),
    execute: ({ name, text }) => writeFile(name, text).then(() => "written"),
  }),
};

// In responses it refers to earlier items instead of sending them.
const asked = { model: providers[DIALECT](), tools, prompt: TASK, stopWhen: stepCountIs(5), maxRetries: 0 };
console.log((await generateText(asked)).text);

let text = "";
for await (const part of streamText(asked).fullStream) {
  if (part.type === "error") throw part.error;
  if (part.type === "start-step") text = "";
  if (part.type === "text-delta") text += part.text;
}
console.log(text);
