// Debian's Chromium, driven by Playwright's core package.
import { chromium } from 'playwright-core';

/**
 * Opens a path of a gateway: `base`, or the one of the API's description. `elsewhere` are the requests to other hosts,
 * `faults` what the page complains about.
 */
export async function open(path, viewport, { base = process.env.GATEWAY, ...more } = {}) {
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
    if (protocol.startsWith('http') && origin !== base) elsewhere.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  // That the gateway refuses a request is for the page to say.
  const refused = 'Failed to load resource';
  page.on('console', (line) => line.type() === 'error' && !line.text().startsWith(refused) && faults.push(line.text()));
  await page.goto(base + path);
  return { page, elsewhere, faults, close: () => browser.close() };
}
