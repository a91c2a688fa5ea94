//! What a request used, by the classes that vendors charge for apart.

/// What a request used. Vendors differ in what they count beside what; here each class is part of the whole above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// All tokens of the prompt.
    pub input: u64,
    /// Those of them that the upstream read from its cache.
    pub cached: u64,
    /// Those that it wrote to its cache, for the usual time.
    pub cache_write: u64,
    /// Those that it wrote to its cache for longer: an hour, at Anthropic.
    pub cache_write_long: u64,
    /// Those that are audio. Cached ones count as cached.
    pub audio_input: u64,
    /// Those that are images. Cached ones count as cached.
    pub image_input: u64,
    /// All tokens of the answer.
    pub output: u64,
    /// Those of them that are reasoning.
    pub reasoning: u64,
    /// Those that are audio.
    pub audio_output: u64,
    /// Those that are images.
    pub image_output: u64,
    /// Images that were made.
    pub images: u64,
    /// Milliseconds of recordings that were written down.
    pub recording_ms: u64,
    /// Characters that were spoken.
    pub characters: u64,
    /// Searches that the upstream made.
    pub searches: u64,
}

// === impl Used ===

impl Used {
    /// Tokens of a prompt and of an answer, of no class of their own.
    #[must_use]
    pub fn tokens(input: u64, output: u64) -> Self {
        Self {
            input,
            output,
            ..Self::default()
        }
    }

    /// The same with the parts of each whole cut to what is left of it: more than the whole is impossible, whatever an
    /// upstream says.
    #[must_use]
    pub fn possible(self) -> Self {
        let [cached, cache_write, cache_write_long, audio_input, image_input] = within(self.input, self.inputs());
        let [reasoning, audio_output, image_output] = within(self.output, self.outputs());
        Self {
            cached,
            cache_write,
            cache_write_long,
            audio_input,
            image_input,
            reasoning,
            audio_output,
            image_output,
            ..self
        }
    }

    /// Tokens of the prompt of no class of their own.
    #[must_use]
    pub fn plain_input(&self) -> u64 {
        self.inputs().into_iter().fold(self.input, u64::saturating_sub)
    }

    /// Tokens of the answer of no class of their own.
    #[must_use]
    pub fn plain_output(&self) -> u64 {
        self.outputs().into_iter().fold(self.output, u64::saturating_sub)
    }

    /// The parts of the prompt.
    fn inputs(&self) -> [u64; 5] {
        [
            self.cached,
            self.cache_write,
            self.cache_write_long,
            self.audio_input,
            self.image_input,
        ]
    }

    /// The parts of the answer.
    fn outputs(&self) -> [u64; 3] {
        [self.reasoning, self.audio_output, self.image_output]
    }
}

/// The parts in order, each as far as the whole still has it.
fn within<const N: usize>(whole: u64, parts: [u64; N]) -> [u64; N] {
    let mut left = whole;
    parts.map(|part| {
        let part = part.min(left);
        left -= part;
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_whole_are_never_more_than_it() {
        let absurd = Used {
            input: 10,
            cached: 8,
            cache_write: 5,
            cache_write_long: u64::MAX,
            output: 3,
            reasoning: u64::MAX,
            audio_output: 1,
            ..Used::default()
        };
        let possible = absurd.possible();
        assert_eq!(
            (possible.cached, possible.cache_write, possible.cache_write_long),
            (8, 2, 0)
        );
        assert_eq!((possible.reasoning, possible.audio_output), (3, 0));
        assert_eq!((possible.plain_input(), possible.plain_output()), (0, 0));
    }
}
