//! The requests that are sent, as the bytes of HTTP/1.1.

use std::net::SocketAddr;

use serde_json::json;

use super::canned::HOLD;

/// One line of a prompt: 50 bytes.
const LINE: &str = "Patch the first source into the last destination.\n";

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
    /// The whole request, for a server at `address` and that model, with that key and that `user`.
    pub(super) fn request(self, address: SocketAddr, model: &str, key: Option<&str>, user: Option<&str>) -> Vec<u8> {
        let prompt = match self {
            Self::Short | Self::Stream => LINE.repeat(4),
            Self::Long => LINE.repeat(8000),
            Self::Held => HOLD.to_owned(),
        };
        let mut body = json!({ "model": model });
        if matches!(self, Self::Stream | Self::Held) {
            body["stream"] = json!(true);
        }
        if let Some(user) = user {
            body["user"] = json!(user);
        }
        body["messages"] = json!([{ "role": "user", "content": prompt }]);
        let body = body.to_string();
        let length = body.len();
        let key = key.map_or_else(String::new, |key| format!("authorization: Bearer {key}\r\n"));
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\n{key}\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        (head + &body).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(ask: Ask) -> String {
        String::from_utf8(ask.request(([127, 0, 0, 1], 80).into(), "m", None, None)).unwrap()
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
        let request = Ask::Short.request(([127, 0, 0, 1], 80).into(), "m", Some("rk_1"), None);
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
