//! What an upstream's error says to programs, beside its sentence for people.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an upstream's error says to programs: agents decide by its code, not by its message.
///
/// The host sends `code`, `param` and `kind` to a client that is at fault, in the form of the client's dialect. A word
/// of more than 128 bytes or with control characters is left out there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureDetail {
    /// The error's code, such as `context_length_exceeded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The parameter at fault, such as `messages`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// The error's type, such as `invalid_request_error`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The HTTP status, for an error that reports another one than its reply has. The host knows the reply's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

// === impl FailureDetail ===

impl FailureDetail {
    /// What an error in OpenAI's form, or one of its variants, says to programs. A code that is a number is none: it
    /// repeats the status.
    ///
    /// | member | places, in this order |
    /// |---|---|
    /// | `code` | `error.code`, `code` |
    /// | `param` | `error.param`, `param`, the location of a validation error (`detail[0].loc`) |
    /// | `type` | `error.type`, `error.status`, `type` |
    pub(super) fn of_body(body: &Value) -> Self {
        let error = &body["error"];
        let first = |places: &[&Value]| {
            let words = places.iter().filter_map(|place| place.as_str());
            words.map(str::trim).find(|word| !word.is_empty()).map(str::to_owned)
        };
        let code = first(&[&error["code"], &body["code"]]);
        let kind = first(&[&error["type"], &error["status"], &body["type"]]);
        Self {
            code: code.filter(|code| code.parse::<i64>().is_err()),
            param: first(&[&error["param"], &body["param"]]).or_else(|| location(body)),
            // Anthropic marks the whole body so.
            kind: kind.filter(|kind| kind != "error"),
            status: None,
        }
    }

    /// The detail as the contract has it: empty if there is nothing to say.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote; anything else says nothing.
    #[cfg(feature = "golden")]
    pub(crate) fn from_json(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }
}

/// The path of a validation error, as Python servers often report it: `["body", "messages", 0]` is `messages.0`.
///
/// Source: <https://fastapi.tiangolo.com/tutorial/handling-errors/>.
fn location(body: &Value) -> Option<String> {
    let places = [&body["detail"][0]["loc"], &body["message"]["detail"][0]["loc"]];
    let steps = places.iter().find_map(|place| place.as_array())?;
    let name = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    let steps: Vec<String> = steps.iter().map(name).filter(|step| step != "body").collect();
    (!steps.is_empty()).then(|| steps.join("."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::FailureDetail;

    fn words(code: Option<&str>, param: Option<&str>, kind: Option<&str>) -> FailureDetail {
        FailureDetail {
            code: code.map(str::to_owned),
            param: param.map(str::to_owned),
            kind: kind.map(str::to_owned),
            status: None,
        }
    }

    #[test]
    fn the_words_are_found_where_vendors_put_them() {
        for (body, detail) in [
            (
                json!({"error": {"code": "c", "param": "p", "type": "t", "message": "m"}}),
                words(Some("c"), Some("p"), Some("t")),
            ),
            (
                json!({"object": "error", "code": "c", "param": null, "type": "t"}),
                words(Some("c"), None, Some("t")),
            ),
            (
                json!({"error": {"code": 400, "status": "INVALID_ARGUMENT"}}),
                words(None, None, Some("INVALID_ARGUMENT")),
            ),
            (json!({"error": {"code": "400", "type": " "}}), words(None, None, None)),
            (
                json!({"detail": [{"loc": ["body", "messages", 0], "msg": "m"}]}),
                words(None, Some("messages.0"), None),
            ),
            (
                json!({"message": {"detail": [{"loc": ["body", "top_p"]}]}, "code": 3}),
                words(None, Some("top_p"), None),
            ),
            (
                json!({"type": "error", "error": {"message": "m"}}),
                FailureDetail::default(),
            ),
            (json!({"error": "too long"}), FailureDetail::default()),
            (json!("too long"), FailureDetail::default()),
        ] {
            assert_eq!(FailureDetail::of_body(&body), detail, "{body}");
        }
    }

    #[test]
    fn nothing_to_say_takes_no_bytes() {
        assert!(FailureDetail::default().to_json().is_empty());
        let detail = words(Some("c"), None, Some("t"));
        assert_eq!(detail.to_json(), br#"{"code":"c","type":"t"}"#);
        assert_eq!(FailureDetail::from_json(&detail.to_json()), detail);
        assert_eq!(FailureDetail::from_json(b""), FailureDetail::default());
    }
}
