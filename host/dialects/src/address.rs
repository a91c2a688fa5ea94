//! Where a request is sent to, in dialects whose paths name the model and the operation.

use crate::fault::RequestFault;
use crate::json::{fields, json_string};
use crate::operation::Operation;

/// How the events of a stream reach the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Framing {
    /// As server-sent events.
    #[default]
    Events,
    /// As the entries of one JSON list: the data of each event.
    List,
}

/// What a path says of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The path without the model's id, for the log and for counting.
    pub endpoint: &'static str,
    /// What the client asks for.
    pub operation: Operation,
    /// The id of the model.
    pub model: String,
    /// The client asks for a stream.
    pub stream: bool,
    /// How it wants the events of one.
    pub framing: Framing,
}

// === impl Address ===

impl Address {
    /// The body with what the path says as its members `model` and `stream`, where those of other dialects are.
    ///
    /// # Errors
    /// If the body is not a JSON object, or nested too deep.
    pub fn written_in(&self, body: &[u8]) -> Result<Vec<u8>, RequestFault> {
        let members = fields::body(body)?;
        let model = json_string(&self.model);
        Ok(members.with(&[("model", Some(&model)), ("stream", self.stream.then_some("true"))]))
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Framing, Operation};

    #[test]
    fn a_body_gets_what_its_path_says_and_keeps_the_rest() {
        let address = |stream| Address {
            endpoint: "/models/{model}:ask",
            operation: Operation::Chat,
            model: "a/\"b\"".to_owned(),
            stream,
            framing: Framing::Events,
        };
        let written = |stream, body: &str| String::from_utf8(address(stream).written_in(body.as_bytes()).unwrap());
        for (stream, body, expected) in [
            (false, r#"{ "a" : 1.0 }"#, r#"{ "a" : 1.0,"model":"a/\"b\"" }"#),
            (true, r#"{"a":1}"#, r#"{"a":1,"model":"a/\"b\"","stream":true}"#),
            (true, "{}", r#"{"model":"a/\"b\"","stream":true}"#),
            (false, r#"{"stream":true,"model":"x"}"#, r#"{"model":"a/\"b\""}"#),
        ] {
            // Where a member is added is of no matter.
            let text = written(stream, body).unwrap();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                read,
                serde_json::from_str::<serde_json::Value>(expected).unwrap(),
                "{text}"
            );
        }
        assert!(address(true).written_in(b"[]").is_err());
    }
}
