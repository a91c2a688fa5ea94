//! What a model says in one turn, in nobody's dialect.

/// One turn of the model.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// The reasoning before the answer, if the model thinks.
    pub thinking: Option<Thinking>,
    /// Reasoning that only the vendor can read; opaque.
    pub redacted: Option<String>,
    /// A search that the vendor ran before it spoke.
    pub search: Option<Search>,
    /// The text, in the pieces in which it is streamed. No pieces: no text.
    pub text: Vec<String>,
    /// What the text refers to.
    pub citations: Vec<Citation>,
    /// The tools that it calls.
    pub calls: Vec<Call>,
    /// Why it ended.
    pub finish: Finish,
    /// What it cost.
    pub usage: Usage,
}

/// Reasoning that the vendor signed.
#[derive(Clone, Debug)]
pub struct Thinking {
    /// The text, in the pieces in which it is streamed.
    pub pieces: Vec<String>,
    /// The vendor's signature over it; opaque.
    pub signature: String,
}

/// A search on the web that the vendor ran itself.
#[derive(Clone, Debug)]
pub struct Search {
    /// What is unique in the search's id.
    pub id: String,
    /// What was looked for.
    pub query: String,
    /// The address of the page that was found.
    pub url: String,
    /// Its title.
    pub title: String,
}

/// What a text refers to.
#[derive(Clone, Debug)]
pub enum Citation {
    /// A page that a search found.
    Page {
        /// Its address.
        url: String,
        /// Its title.
        title: String,
        /// The words that are cited.
        quote: String,
    },
    /// A document of the request.
    Document {
        /// Its place among the request's documents, from 0.
        index: u64,
        /// Its title, if it has one.
        title: Option<String>,
        /// The words that are cited, which begin it.
        quote: String,
    },
}

/// One call of a tool.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is unique in the call's id; each vendor puts its own prefix before it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments as JSON text, in the pieces in which they are streamed.
    pub arguments: Vec<String>,
}

/// Why a turn ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    #[default]
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// Tools are to be called.
    Calls,
    /// One of the request's stop sequences was reached.
    Sequence,
    /// The vendor's filter ended it.
    Filter,
}

/// Tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// All input, the cached part included.
    pub input_tokens: u64,
    /// The part of the input that came from the vendor's cache.
    pub cached_tokens: u64,
    /// The part of the input that went into the vendor's cache.
    pub written_tokens: u64,
    /// All output.
    pub output_tokens: u64,
}

// === impl Turn ===

impl Turn {
    /// A turn that says this, streamed in these pieces.
    pub fn says(pieces: &[&str]) -> Self {
        Self {
            text: owned(pieces),
            ..Self::default()
        }
    }

    /// The same turn, calling a tool besides.
    #[must_use]
    pub fn calls(mut self, id: &str, name: &str, arguments: &[&str]) -> Self {
        let call = Call {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: owned(arguments),
        };
        self.calls.push(call);
        self.finish = Finish::Calls;
        self
    }

    /// The same turn after this reasoning.
    #[must_use]
    pub fn thinks(mut self, pieces: &[&str], signature: &str) -> Self {
        let signature = signature.to_owned();
        self.thinking = Some(Thinking {
            pieces: owned(pieces),
            signature,
        });
        self
    }

    /// The same turn after reasoning that nobody can read.
    #[must_use]
    pub fn thinks_in_secret(mut self, data: &str) -> Self {
        self.redacted = Some(data.to_owned());
        self
    }

    /// The same turn after a search, whose page the text cites.
    #[must_use]
    pub fn searches(mut self, id: &str, query: &str, url: &str, title: &str) -> Self {
        self.citations.push(Citation::Page {
            url: url.to_owned(),
            title: title.to_owned(),
            quote: query.to_owned(),
        });
        self.search = Some(Search {
            id: id.to_owned(),
            query: query.to_owned(),
            url: url.to_owned(),
            title: title.to_owned(),
        });
        self
    }

    /// The same turn, citing this.
    #[must_use]
    pub fn cites(mut self, citation: Citation) -> Self {
        self.citations.push(citation);
        self
    }

    /// The same turn, with so much of its input written to the vendor's cache.
    #[must_use]
    pub fn caches(mut self, tokens: u64) -> Self {
        self.usage.written_tokens = tokens;
        self
    }

    /// The same turn, ended by the limit of tokens.
    #[must_use]
    pub fn too_long(self) -> Self {
        self.ends(Finish::Length)
    }

    /// The same turn, ended for this reason.
    #[must_use]
    pub fn ends(mut self, finish: Finish) -> Self {
        self.finish = finish;
        self
    }
}

impl Default for Usage {
    /// Eleven tokens in, four of them cached, and seven out.
    fn default() -> Self {
        Self {
            input_tokens: 11,
            cached_tokens: 4,
            written_tokens: 0,
            output_tokens: 7,
        }
    }
}

fn owned(pieces: &[&str]) -> Vec<String> {
    pieces.iter().map(ToString::to_string).collect()
}
