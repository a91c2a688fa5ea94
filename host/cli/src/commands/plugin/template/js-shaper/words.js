// Hides words in texts, whole or in pieces. It knows nothing of the host, so `node --test` runs it.

import { writeText } from "./bytes.js";

// The longest word, in bytes: so much of a stream may have to be held back until it is clear what it is.
export const LONGEST = 64;

const INSTEAD = "***";

// What `text` is up to where it is not clear yet whether a word begins, and what that becomes.
export function hide(words, text, last) {
  const fits = (word) => word !== "" && writeText(word).length <= LONGEST;
  const known = words.filter(fits).sort((a, b) => b.length - a.length);
  let hidden = "";
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    if (!last && known.some((word) => word.length > rest.length && word.startsWith(rest))) {
      break;
    }
    const found = known.find((word) => rest.startsWith(word));
    const [first] = rest;
    hidden += found ? INSTEAD : first;
    at += (found ?? first).length;
  }
  return { done: text.slice(0, at), hidden };
}
