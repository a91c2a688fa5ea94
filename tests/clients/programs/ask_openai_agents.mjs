// An agent of OpenAI's Agents SDK with two tools, run and streamed; prints what it says in the end.

import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { API, KEY, MODEL, DIALECT, TASK, INSTALLED } = process.env;
const require = createRequire(`${INSTALLED}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const [{ Agent, OpenAIProvider, Runner, tool }, { z }] = await Promise.all(["@openai/agents", "zod"].map(load));

const tools = [
  tool({
    name: "read_note",
    description: "Reads a note.",
    parameters: z.object({ name: z.string() }),
    execute: ({ name }) => readFile(name, "utf8"),
  }),
  tool({
    name: "write_note",
    description: "Writes a note.",
    parameters: z.object({ name: z.string(), text: z.string() }),
    execute: ({ name, text }) => writeFile(name, text).then(() => "written"),
  }),
];
const modelProvider = new OpenAIProvider({ apiKey: KEY, baseURL: API, useResponses: DIALECT === "responses" });
const runner = new Runner({ modelProvider, tracingDisabled: true });
const agent = new Agent({ name: "notes", model: MODEL, tools });
console.log((await runner.run(agent, TASK)).finalOutput);
const streamed = await runner.run(agent, TASK, { stream: true });
await streamed.completed;
console.log(streamed.finalOutput);
