// The description of the API, as a reader sees it: complete, with code, and without anything from elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './browser.mjs';

for (const [name, size] of [['wide', { width: 1280, height: 900 }], ['narrow', { width: 390, height: 844 }]]) {
  test(`the description of the API is shown on a ${name} screen`, async () => {
    const { page, elsewhere, faults, close } = await open('/', size);
    try {
      assert.equal(new URL(page.url()).pathname, '/docs');
      await page.getByRole('heading', { name: "Complete a chat (OpenAI's dialect)" }).waitFor();
      for (const language of ['curl', 'Python', 'Node']) {
        assert.ok(await page.getByRole('tab', { name: language }).count(), language);
      }
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= size.width, `the page is ${width} px wide`);
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs-${name}.png` });
      assert.deepEqual(elsewhere, []);
      assert.deepEqual(faults, []);
    } finally {
      await close();
    }
  });
}
