//! The reader of a stream, whatever dialect the client speaks and the reply is in.

use super::Dialect;
use super::anthropic::{native_stream, stream as translated};
use super::fault::StreamFault;
use super::openai::stream::{self as openai, StreamOptions};
use super::summary::Pushed;
use super::words::usage::Usage;

/// Reads one stream and writes it as the client is to see it.
#[derive(Debug)]
pub enum Reader {
    /// A canonical stream for a client of OpenAI's dialect.
    Openai(openai::StreamReader),
    /// A canonical stream for a client of Anthropic's dialect.
    Translated(translated::StreamReader),
    /// A stream in Anthropic's dialect for a client who speaks it.
    Native(native_stream::StreamReader),
}

/// Calls the same method of whichever reader it is.
macro_rules! each {
    ($reader:expr, $inner:ident => $call:expr) => {
        match $reader {
            Reader::Openai($inner) => $call,
            Reader::Translated($inner) => $call,
            Reader::Native($inner) => $call,
        }
    };
}

// === impl Reader ===

impl Reader {
    /// The reader for a client of the dialect `client` and a reply in the dialect `reply`. A client of OpenAI's dialect
    /// only ever gets canonical replies. `id` is the message's for upstreams that give none, such as the request's.
    pub fn new(client: Dialect, reply: Dialect, options: &StreamOptions, id: &str) -> Self {
        match (client, reply) {
            (Dialect::OpenaiChat, _) => Self::Openai(openai::StreamReader::new(options)),
            (Dialect::AnthropicMessages, Dialect::OpenaiChat) => {
                Self::Translated(translated::StreamReader::new(&translated::StreamOptions {
                    model: options.model.clone(),
                    id: id.to_owned(),
                }))
            }
            (Dialect::AnthropicMessages, Dialect::AnthropicMessages) => {
                Self::Native(native_stream::StreamReader::new(&options.model))
            }
        }
    }

    /// Reads one chunk or event and appends to `out` what may go to the client now.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// If it reports an error or makes no sense. Nothing was written then, and the stream must not be read on.
    pub fn push(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<Pushed, StreamFault> {
        each!(self, reader => reader.push(data, out))
    }

    /// Ends the stream, and appends its proper end.
    ///
    /// # Errors
    /// If the end was not earned. Nothing was written then.
    pub fn finish(&mut self, latency_ms: u64, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        each!(self, reader => reader.finish(latency_ms, out))
    }

    /// True once the upstream said that nothing more comes.
    pub fn done(&self) -> bool {
        each!(self, reader => reader.done())
    }

    /// The usage that was reported so far.
    pub fn usage(&self) -> Usage {
        each!(self, reader => reader.usage())
    }

    /// The finish reason, in OpenAI's words whatever the dialect, once there is one.
    pub fn finish_reason(&self) -> Option<&str> {
        each!(self, reader => reader.finish_reason())
    }

    /// Bytes of text, reasoning and arguments of calls so far, for an estimate where no usage is reported.
    pub fn produced_bytes(&self) -> u64 {
        each!(self, reader => reader.produced_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Reader, StreamOptions};

    const CHUNK: &str = r#"{"id":"c","choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}"#;
    const EVENTS: [&str; 4] = [
        r#"{"type":"message_start","message":{"type":"message","id":"msg_1","model":"up","content":[]}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
        r#"{"type":"message_stop"}"#,
    ];

    #[test]
    fn each_client_gets_a_stream_in_its_own_dialect() {
        use Dialect::{AnthropicMessages, OpenaiChat};
        let options = StreamOptions {
            model: "route/m".to_owned(),
            provider: "p".to_owned(),
            include_usage: false,
            created: 1,
        };
        for (client, reply, data, end) in [
            (OpenaiChat, OpenaiChat, &[CHUNK][..], "data: [DONE]\n\n"),
            (
                AnthropicMessages,
                OpenaiChat,
                &[CHUNK],
                "data: {\"type\":\"message_stop\"}\n\n",
            ),
            (
                AnthropicMessages,
                AnthropicMessages,
                &EVENTS,
                "data: {\"type\":\"message_stop\"}\n\n",
            ),
        ] {
            let (mut reader, mut out) = (Reader::new(client, reply, &options, "r"), Vec::new());
            let mut content = false;
            for data in data {
                content |= reader.push(data.as_bytes(), &mut out).unwrap().content;
            }
            assert!(content);
            reader.finish(1, &mut out).unwrap();
            assert!(reader.done());
            assert!(String::from_utf8(out).unwrap().ends_with(end));
            assert_eq!(reader.finish_reason(), Some("stop"));
            assert_eq!(reader.produced_bytes(), 2);
            assert_eq!(reader.usage().input_tokens, None);
        }
    }
}
