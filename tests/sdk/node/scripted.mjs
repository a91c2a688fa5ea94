// Upstreams that answer as vendors do, and gateways in front of them.
//
// A vendor with a protocol of its own is its adapter's golden cases, which `jackfield plugin replay` serves. JACKFIELD is
// the binary, JACKFIELD_PLUGINS the folder of built plugins.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PLUGINS = fileURLToPath(new URL('../../../plugins/', import.meta.url));
const ADDRESS = / on (http:\/\/127\.0\.0\.1:\d+)/;

/** Runs jackfield, and waits until it says where it listens. */
async function listening(...command) {
  const child = spawn(process.env.JACKFIELD, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const close = () => child.kill();
  const lines = [];
  const url = await new Promise((resolve, reject) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        lines.push(line);
        const found = ADDRESS.exec(line);
        if (found) resolve(found[1]);
      });
    }
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${command.join(' ')} ended:\n${lines.join('\n')}`)));
  });
  return { url, close };
}

/** The golden cases of an adapter as an upstream; a request's `x-jackfield-case` says which of them answers. */
export const replay = (adapter) => listening('plugin', 'replay', join(PLUGINS, adapter));

/** A gateway with these providers and models. */
export async function gateway(providers, models) {
  const folder = mkdtempSync(join(tmpdir(), 'jackfield-sdk-'));
  const file = join(folder, 'config.yaml');
  const config = {
    server: { listen: '127.0.0.1:0', auth: 'off' },
    plugins: { dir: process.env.JACKFIELD_PLUGINS },
    storage: { url: 'none' },
    routing: { retry_count: 0, breaker: { failures: 100_000, open_for: '1s' } },
    providers,
    models,
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const { url, close } = await listening('serve', '--config', file, '--listen', '127.0.0.1:0');
  return {
    url,
    close: () => {
      close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** An upstream that speaks OpenAI's protocol: each path answers with a body, or with the chunks of its stream. */
export async function chats(whole, chunks) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const streams = JSON.parse(body).stream === true;
    response.setHeader('content-type', streams ? 'text/event-stream' : 'application/json');
    const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'];
    response.end(streams ? events.map((event) => `data: ${event}\n\n`).join('') : JSON.stringify(whole));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
