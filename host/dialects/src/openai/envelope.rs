//! The members of a chunk or a reply that the host reads or sets, as places in its raw text.

use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::fault::StreamFault;
use crate::json::{Edit, place_of};

/// A chunk or a reply, seen from its top level. `C` is what is of interest in a choice.
#[derive(Deserialize)]
#[serde(bound(deserialize = "C: Deserialize<'de>"))]
pub(crate) struct Envelope<'a, C> {
    #[serde(borrow, default, deserialize_with = "even_null")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    model: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    created: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    provider: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    latency_ms: Option<&'a RawValue>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    choices: Option<Vec<C>>,
}

/// Where the values of the members that the host sets lie in the text; `None` where it has no such member.
#[derive(Debug, Default, Clone)]
pub(crate) struct Places {
    pub(super) id: Option<Range<usize>>,
    model: Option<Range<usize>>,
    created: Option<Range<usize>>,
    provider: Option<Range<usize>>,
    latency_ms: Option<Range<usize>>,
}

/// What the host writes into every chunk and reply, as JSON text.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// The model as the client named it.
    pub(super) model: String,
    /// The provider's name.
    pub(super) provider: String,
    /// The time to give where the upstream gave none, in seconds since 1970.
    created: String,
}

// === impl Envelope ===

impl<'a, C: Deserialize<'a>> Envelope<'a, C> {
    /// Validates `data` in one pass. Returns its text, without white space around it, and what was seen.
    pub(crate) fn read(data: &'a [u8]) -> Result<(&'a str, Self), StreamFault> {
        let text = object_text(data)?;
        let envelope: Self = serde_json::from_str(text)?;
        if let Some(error) = envelope.error.filter(|error| is_given(error)) {
            return Err(StreamFault::from_error(error.get()));
        }
        // vLLM and its kin send the error itself, without an envelope.
        let is_error = envelope.object.is_some_and(|object| object.get() == "\"error\"");
        if is_error && envelope.choices.is_none() {
            return Err(StreamFault::from_error(text));
        }
        Ok((text, envelope))
    }

    /// The upstream's id of the reply, if it gave one.
    pub(crate) fn id(&self) -> Option<String> {
        self.id.and_then(|id| serde_json::from_str(id.get()).ok())
    }

    pub(crate) fn choices(&self) -> &[C] {
        self.choices.as_deref().unwrap_or_default()
    }

    /// The usage object, if it holds anything.
    pub(crate) fn usage(&self) -> Option<&'a str> {
        self.usage.filter(|usage| is_given(usage)).map(RawValue::get)
    }

    pub(crate) fn places(&self, text: &str) -> Places {
        let place = |value: Option<&RawValue>| value.map(|value| place_of(text, value.get()));
        Places {
            id: place(self.id),
            model: place(self.model),
            created: place(self.created),
            provider: place(self.provider),
            latency_ms: place(self.latency_ms),
        }
    }
}

/// The text of what should be a JSON object, without white space around it.
pub(crate) fn object_text(data: &[u8]) -> Result<&str, StreamFault> {
    let text = std::str::from_utf8(data.trim_ascii()).map_err(|_| StreamFault::malformed("it is not UTF-8"))?;
    // serde would read an array as the struct's fields in order.
    if text.starts_with('{') {
        Ok(text)
    } else {
        Err(StreamFault::malformed("it is not a JSON object"))
    }
}

/// Whether a value is more than the ways to write nothing.
pub(crate) fn is_given(value: &RawValue) -> bool {
    !matches!(value.get(), "null" | "false" | "\"\"" | "[]" | "{}")
}

/// Keeps a member whose value is `null`, which a plain `Option` would take for absent.
pub(crate) fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

// === impl Stamp ===

impl Stamp {
    pub(super) fn new(model: &str, provider: &str, created: u64) -> Self {
        let json = |name: &str| serde_json::Value::from(name).to_string();
        Self {
            model: json(model),
            provider: json(provider),
            created: created.to_string(),
        }
    }

    pub(super) fn set_model(&self, places: &Places) -> Edit<'_> {
        Edit {
            key: "model",
            at: places.model.clone(),
            value: &self.model,
        }
    }

    pub(super) fn set_provider(&self, places: &Places) -> Edit<'_> {
        Edit {
            key: "provider",
            at: places.provider.clone(),
            value: &self.provider,
        }
    }

    /// The edit that fills in a missing time, and else sets it to what it is.
    pub(super) fn set_created<'t>(&'t self, text: &'t str, places: &Places) -> Edit<'t> {
        let value = self.created_of(text, places);
        Edit {
            key: "created",
            at: places.created.clone(),
            value,
        }
    }

    /// The upstream's time, or ours where it gave none.
    pub(super) fn created_of<'t>(&'t self, text: &'t str, places: &Places) -> &'t str {
        let given = places.created.clone().map(|place| &text[place]);
        given
            .filter(|given| !matches!(*given, "0" | "null"))
            .unwrap_or(&self.created)
    }
}

/// The edit for the round trip's duration, a number of milliseconds.
pub(super) fn set_latency<'t>(latency_ms: &'t str, places: &Places) -> Edit<'t> {
    Edit {
        key: "latency_ms",
        at: places.latency_ms.clone(),
        value: latency_ms,
    }
}
