//! A tool call in canonical JSON, whole or in pieces.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json::raw::ObjectOf;
use crate::json::text::text;
use crate::words::usage::Count;

/// A tool call in canonical JSON, whole or in pieces that share an index. What is not of its type is left out.
#[derive(Deserialize)]
pub(crate) struct CallPiece<'a> {
    #[serde(default)]
    index: Count,
    /// The call's id; empty if this piece has none.
    #[serde(default, deserialize_with = "word")]
    pub(crate) id: String,
    #[serde(borrow)]
    function: Option<ObjectOf<FunctionPiece<'a>>>,
    /// Which program made the call, as an adapter passes it on.
    #[serde(borrow)]
    caller: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct FunctionPiece<'a> {
    #[serde(default, deserialize_with = "word")]
    name: String,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// A string or a number, as text; empty for anything else.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = <&RawValue>::deserialize(deserializer)?;
    let number = || {
        value
            .get()
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| value.get().to_owned())
    };
    Ok(text(value).or_else(number).unwrap_or_default())
}

// === impl CallPiece ===

impl CallPiece<'_> {
    /// The call's index; `None` if this piece has none.
    pub(crate) fn index(&self) -> Option<u64> {
        self.index.value
    }

    /// The tool's name; empty if this piece has none.
    pub(crate) fn name(&self) -> &str {
        self.function.as_ref().map_or("", |ObjectOf(function)| &function.name)
    }

    /// The arguments, or a piece of them: a JSON string that holds JSON, or that JSON itself, as some upstreams write
    /// it. An object without members says as little as `null` or an empty string.
    pub(crate) fn arguments(&self) -> Option<&str> {
        let function = self.function.as_ref();
        let arguments = function.and_then(|ObjectOf(function)| function.arguments);
        arguments
            .map(RawValue::get)
            .filter(|arguments| !matches!(*arguments, "null" | "\"\"" | "{}"))
    }

    /// True if the piece has arguments, or more of them.
    pub(crate) fn has_arguments(&self) -> bool {
        self.arguments().is_some()
    }

    /// Which program made the call, as JSON.
    pub(crate) fn caller(&self) -> Option<&str> {
        self.caller.map(RawValue::get).filter(|caller| *caller != "null")
    }
}
