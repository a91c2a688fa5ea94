//! The members of a chunk or a reply that the host reads or sets, as places in its raw text.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bounds::{self, CHOICES};
use crate::fault::StreamFault;
use crate::json::raw::{ObjectOf, even_null, is_given, object_text};
use crate::json::{Edit, json_string, place_of};
use crate::words::name::ServedModel;
use crate::words::usage::Usage;

/// The top level of a chunk or a reply. `C` is a choice, as far as the caller reads it.
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
    #[serde(borrow, default, deserialize_with = "even_null")]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    service_tier: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "bounds::list::<_, _, CHOICES>")]
    choices: Option<Vec<ObjectOf<C>>>,
    /// Where some upstreams say what went wrong, without an `error` around it.
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

/// Where the values of the members that the host sets are in the text; `None` where it has no such member.
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
    /// The time where the upstream gave none, in seconds since 1970.
    created: String,
    /// The id where the upstream gave an empty one; empty for what has none.
    id: String,
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

    pub(crate) fn choices(&self) -> impl Iterator<Item = &C> {
        let choices = self.choices.as_deref().unwrap_or_default();
        choices.iter().map(|ObjectOf(choice)| choice)
    }

    /// The member `object`, if it says something.
    pub(super) fn object(&self) -> Option<&'a RawValue> {
        self.object.filter(|object| is_given(object))
    }

    /// True if it has a list of choices, even an empty one.
    pub(crate) fn has_choices(&self) -> bool {
        self.choices.is_some()
    }

    /// The fault of a reply that lacks what its operation requires: the upstream's own words, if it says in their place
    /// what went wrong.
    pub(crate) fn without(&self, text: &str, what: &str) -> StreamFault {
        if self.says_what_went_wrong() {
            StreamFault::from_error(text)
        } else {
            StreamFault::malformed(format!("it has no {what}"))
        }
    }

    /// True if it says what went wrong, as `FastAPI` and others do.
    pub(crate) fn says_what_went_wrong(&self) -> bool {
        let words = [self.message, self.detail, self.errors];
        words.into_iter().flatten().any(is_given)
    }

    /// The usage object, if it holds anything.
    pub(crate) fn usage(&self) -> Option<&'a str> {
        self.usage.filter(|usage| is_given(usage)).map(RawValue::get)
    }

    /// The model that served, if the upstream names it.
    pub(crate) fn served_model(&self) -> Option<ServedModel> {
        self.model.and_then(|model| ServedModel::of_json(model.get()))
    }

    /// The usage, with the service tier and the model that the upstream names beside it.
    pub(crate) fn served(&self, usage: &Usage) -> Usage {
        usage.served(self.service_tier, self.model)
    }

    /// The member `usage`, even if it holds nothing.
    pub(super) fn usage_member(&self) -> Option<&'a RawValue> {
        self.usage
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

// === impl Places ===

impl Places {
    /// Whether the text has an id that says nothing.
    pub(super) fn has_empty_id(&self, text: &str) -> bool {
        let id = self.id.clone().map(|place| &text[place]);
        id.is_some_and(|id| matches!(id, "\"\"" | "null"))
    }
}

// === impl Stamp ===

impl Stamp {
    pub(crate) fn new(model: &str, provider: &str, created: u64) -> Self {
        Self {
            model: json_string(model),
            provider: json_string(provider),
            created: created.to_string(),
            id: String::new(),
        }
    }

    /// The same for a completion, whose id is made of the request's where the upstream gave an empty one: OpenAI's SDK for
    /// Node passes over the usage of a chunk without an id.
    pub(crate) fn of_completion(self, request_id: &str) -> Self {
        Self {
            id: json_string(&completion_id(request_id)),
            ..self
        }
    }

    /// The edit that fills in an empty id; `None` if it needs none.
    pub(crate) fn set_id<'t>(&'t self, text: &'t str, places: &Places) -> Option<Edit<'t>> {
        (places.has_empty_id(text) && !self.id.is_empty()).then(|| Edit {
            key: "id",
            at: places.id.clone(),
            value: &self.id,
        })
    }

    /// The id as it is after that edit.
    pub(super) fn id_of<'t>(&'t self, text: &'t str, places: &Places) -> &'t str {
        match (self.set_id(text, places), &places.id) {
            (Some(edit), _) => edit.value,
            (None, Some(place)) => &text[place.clone()],
            (None, None) => "\"\"",
        }
    }

    pub(crate) fn set_model(&self, places: &Places) -> Edit<'_> {
        Edit {
            key: "model",
            at: places.model.clone(),
            value: &self.model,
        }
    }

    pub(crate) fn set_provider(&self, places: &Places) -> Edit<'_> {
        Edit {
            key: "provider",
            at: places.provider.clone(),
            value: &self.provider,
        }
    }

    /// The edit that fills in a missing time; a time that is there is set to itself.
    pub(crate) fn set_created<'t>(&'t self, text: &'t str, places: &Places) -> Edit<'t> {
        let value = self.created_of(text, places);
        Edit {
            key: "created",
            at: places.created.clone(),
            value,
        }
    }

    /// The upstream's time, or the host's if it gave none.
    pub(super) fn created_of<'t>(&'t self, text: &'t str, places: &Places) -> &'t str {
        let given = places.created.clone().map(|place| &text[place]);
        given
            .filter(|given| !matches!(*given, "0" | "null"))
            .unwrap_or(&self.created)
    }
}

/// The id of a completion to which the upstream gave an empty one.
pub(super) fn completion_id(request_id: &str) -> String {
    format!("chatcmpl-{request_id}")
}

/// The edit for the duration of the request, in milliseconds.
pub(crate) fn set_latency<'t>(latency_ms: &'t str, places: &Places) -> Edit<'t> {
    Edit {
        key: "latency_ms",
        at: places.latency_ms.clone(),
        value: latency_ms,
    }
}
