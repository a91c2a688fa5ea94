//! The requests that are sent, as the bytes of HTTP/1.1.

use std::net::SocketAddr;

use serde_json::json;

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
