// Debian's Chromium, driven by Playwright's core package.
import { chromium } from 'playwright-core';

/** Opens a path of the gateway. `elsewhere` are the requests to other hosts, `faults` what the page complains about. */
export async function open(path, viewport, more = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // A container has no user namespaces, and the pages are ours.
    args: ['--no-sandbox'],
  });
  const context = await browser.newContext({ viewport, ...more });
  const page = await context.newPage();
  const [elsewhere, faults] = [[], []];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== process.env.GATEWAY) elsewhere.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
  await page.goto(process.env.GATEWAY + path);
  return { page, elsewhere, faults, close: () => browser.close() };
}
