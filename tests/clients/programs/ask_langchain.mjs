// An agent of LangChain for JavaScript with two tools, invoked and streamed; prints what it says in the end.

import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { API, URL: ROOT, KEY, MODEL, DIALECT, TASK, INSTALLED } = process.env;
const require = createRequire(`${INSTALLED}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const [{ createAgent, tool }, { ChatOpenAI }, { ChatAnthropic }, { z }] = await Promise.all(
  ["langchain", "@langchain/openai", "@langchain/anthropic", "zod"].map(load),
);

const ofOpenAI = (more) => new ChatOpenAI({ model: MODEL, apiKey: KEY, configuration: { baseURL: API }, ...more });
const dialects = {
  chat: () => ofOpenAI({ useResponsesApi: false }),
  responses: () => ofOpenAI({ useResponsesApi: true }),
  messages: () => new ChatAnthropic({ model: MODEL, apiKey: KEY, anthropicApiUrl: ROOT }),
};

const readNote = tool(({ name }) => readFile(name, "utf8"), {
  name: "read_note",
  description: "Reads a note.",
  schema: z.object({ name: z.string() }),
});
const writeNote = tool(({ name, text }) => writeFile(name, text).then(() => "written"), {
  name: "write_note",
  description: "Writes a note.",
  schema: z.object({ name: z.string(), text: z.string() }),
});

const agent = createAgent({ model: dialects[DIALECT](), tools: [readNote, writeNote] });
const asked = { messages: [{ role: "user", content: TASK }] };
console.log((await agent.invoke(asked)).messages.at(-1).text);

const said = new Map();
for await (const [piece] of await agent.stream(asked, { streamMode: "messages" })) {
  if (piece.getType() === "ai") said.set(piece.id, (said.get(piece.id) ?? "") + piece.text);
}
console.log([...said.values()].at(-1));
