//! The requests that are sent, as the bytes of HTTP/1.1.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::canned::HOLD;

/// One line of a prompt: 50 bytes.
const LINE: &str = "Patch the first source into the last destination.\n";

/// The path of a chat.
pub(super) const CHAT: &str = "/v1/chat/completions";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// A buffered reply to a prompt of 200 bytes.
    Short,
    /// A buffered reply to a prompt of 400 KB.
    Long,
    /// A stream, for a prompt of 200 bytes.
    Stream,
    /// A stream that stays open after its first piece.
    Held,
}

// === impl Ask ===

impl Ask {
    /// The whole request, for a server at `address` and that model, with that key.
    pub(super) fn request(self, address: SocketAddr, model: &str, key: Option<&str>) -> Vec<u8> {
        post(address, &self.body(model), key)
    }

    /// The body of the request for that model.
    pub(super) fn body(self, model: &str) -> String {
        let prompt = match self {
            Self::Short | Self::Stream => LINE.repeat(4),
            Self::Long => LINE.repeat(8000),
            Self::Held => HOLD.to_owned(),
        };
        let mut body = json!({ "model": model });
        if matches!(self, Self::Stream | Self::Held) {
            body["stream"] = json!(true);
        }
        body["messages"] = json!([{ "role": "user", "content": prompt }]);
        body.to_string()
    }
}

/// A chat that a series makes larger: a prompt of about that many bytes, and that many tools.
pub(super) fn chat(model: &str, prompt_bytes: usize, tools: usize) -> String {
    let prompt = LINE.repeat(prompt_bytes.div_ceil(LINE.len()));
    let mut body = json!({ "model": model, "messages": [{ "role": "user", "content": prompt }] });
    if tools > 0 {
        body["tools"] = (0..tools).map(tool).collect();
    }
    body.to_string()
}

/// A tool of about 500 bytes, as agents have them.
fn tool(number: usize) -> Value {
    let path = json!({ "type": "string", "description": "The absolute path of the file that is to be patched." });
    let line = json!({ "type": "integer", "minimum": 1, "description": "The number of the first line, from 1." });
    let text = json!({ "type": "array", "items": { "type": "string" }, "description": "The lines that come there." });
    json!({
        "type": "function",
        "function": {
            "name": format!("patch_{number}"),
            "description": "Replaces lines of a file. Fails if the file is not there or is not text.",
            "parameters": {
                "type": "object",
                "properties": { "path": path, "line": line, "text": text },
                "required": ["path", "line", "text"],
            },
        },
    })
}

/// A chat as HTTP/1.1, for a server at `address`, with that key.
pub(super) fn post(address: SocketAddr, body: &str, key: Option<&str>) -> Vec<u8> {
    let length = body.len();
    let key = key.map_or_else(String::new, |key| format!("authorization: Bearer {key}\r\n"));
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: {address}\r\n{key}\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    (head + body).into_bytes()
}

/// A request for a page of the gateway itself.
pub(super) fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(ask: Ask) -> String {
        String::from_utf8(ask.request(([127, 0, 0, 1], 80).into(), "m", None)).unwrap()
    }

    fn prompt_bytes(ask: Ask) -> usize {
        let request = request(ask);
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["messages"][0]["content"].as_str().unwrap().len()
    }

    #[test]
    fn prompts_are_as_long_as_the_table_says() {
        assert_eq!(prompt_bytes(Ask::Short), 200);
        assert_eq!(prompt_bytes(Ask::Stream), 200);
        assert_eq!(prompt_bytes(Ask::Long), 400_000);
    }

    #[test]
    fn a_chat_is_as_large_as_a_series_wants_it() {
        let read = |body: String| serde_json::from_str::<Value>(&body).unwrap();
        let large = read(chat("m", 1 << 20, 0));
        let prompt = large["messages"][0]["content"].as_str().unwrap();
        assert!((1 << 20..(1 << 20) + LINE.len()).contains(&prompt.len()));
        assert!(large.get("tools").is_none());
        let tools = read(chat("m", 200, 3));
        assert_eq!(tools["tools"].as_array().unwrap().len(), 3);
        assert!((400..600).contains(&tools["tools"][0].to_string().len()));
    }

    #[test]
    fn a_key_goes_with_the_head() {
        let request = Ask::Short.request(([127, 0, 0, 1], 80).into(), "m", Some("rk_1"));
        let request = String::from_utf8(request).unwrap();
        let (head, _) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\nauthorization: Bearer rk_1\r\n"), "{head}");
    }

    #[test]
    fn only_a_stream_is_asked_for_as_a_stream() {
        for ask in [Ask::Short, Ask::Long] {
            assert!(!request(ask).contains("stream"));
        }
        for ask in [Ask::Stream, Ask::Held] {
            assert!(request(ask).contains(r#""stream":true"#));
        }
    }
}
