import assert from "node:assert/strict";
import { test } from "node:test";

import { hide } from "../words.js";

const WORDS = ["secret", "secretary"];

test("the longest word is hidden wherever it stands", () => {
  assert.equal(hide(WORDS, "A secret of the secretary", true).hidden, "A *** of the ***");
});

test("a word that may go on is held back, wherever the text is cut", () => {
  const text = "é secret, secretary 🦀 secre";
  const pieces = [...text];
  let held = "";
  let out = "";
  for (const [index, piece] of pieces.entries()) {
    held += piece;
    const { done, hidden } = hide(WORDS, held, index + 1 === pieces.length);
    out += hidden;
    held = held.slice(done.length);
  }
  assert.deepEqual([out, held], ["é ***, *** 🦀 secre", ""]);
});
