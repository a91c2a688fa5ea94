"""Tests of what knows nothing of the host."""

import unittest

from words import hide

WORDS = ["secret", "secretary"]


class Words(unittest.TestCase):
    def test_the_longest_word_is_hidden_wherever_it_stands(self):
        self.assertEqual(hide(WORDS, "A secret of the secretary", True)[1], "A *** of the ***")

    def test_a_word_that_may_go_on_is_held_back_wherever_the_text_is_cut(self):
        text = "é secret, secretary 🦀 secre"
        held, out = "", ""
        for index, piece in enumerate(text):
            held += piece
            done, hidden = hide(WORDS, held, index + 1 == len(text))
            out += hidden
            held = held[len(done) :]
        self.assertEqual((out, held), ("é ***, *** 🦀 secre", ""))


if __name__ == "__main__":
    unittest.main()
