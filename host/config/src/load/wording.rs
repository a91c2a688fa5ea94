//! Our own sentences for what a JSON Schema validator finds.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::nearest::nearest;

/// Longer texts are not repeated in a message.
const LONGEST_QUOTE: usize = 40;

/// The value that a sentence is about.
pub(super) struct Subject<'a> {
    /// The value.
    pub(super) value: &'a Value,
    /// The schema that it does not satisfy.
    pub(super) schema: Option<&'a Value>,
    /// True if the value must not be repeated.
    pub(super) hidden: bool,
}

/// What is wrong, and what to write instead.
pub(super) type Sentence = (String, String);

/// The sentence for one failed keyword of a schema.
pub(super) fn wording(kind: &Kind, subject: &Subject<'_>, error: &ValidationError<'_>) -> Sentence {
    if let Some(own) = subject.schema.and_then(|schema| schema.get("errorMessage")?.as_str()) {
        let (message, remedy) = own.split_once("; ").unwrap_or((own, "correct it"));
        return (format!("{message}{}", subject.found()), remedy.to_owned());
    }
    match kind {
        Kind::Type { kind } => subject.mistyped(kind),
        Kind::Enum { options } => choice(options.as_array().into_iter().flatten(), subject),
        Kind::Constant { expected_value } => choice([expected_value.as_ref()].into_iter(), subject),
        Kind::Minimum { limit } => subject.bounded("at least", limit, "larger"),
        Kind::Maximum { limit } => subject.bounded("at most", limit, "smaller"),
        Kind::ExclusiveMinimum { limit } => subject.bounded("more than", limit, "larger"),
        Kind::ExclusiveMaximum { limit } => subject.bounded("less than", limit, "smaller"),
        Kind::MinLength { limit: 1 } | Kind::MinItems { limit: 1 } | Kind::MinProperties { limit: 1 } => {
            sentence("must not be empty", "give at least one".to_owned() + subject.part())
        }
        Kind::Pattern { pattern } => sentence(
            format!("does not match the pattern {pattern}{}", subject.found()),
            "write it in that form",
        ),
        Kind::Format { format } => sentence(
            format!("is not of the format {format}{}", subject.found()),
            "write it in that form",
        ),
        Kind::UniqueItems => sentence("holds an item twice", "keep one of the two"),
        // What is left comes only from adapters' schemas. Masked, for a value may be a secret.
        _ => sentence(
            format!("does not fit: {}", error.masked_with("it")),
            "see the settings in the adapter's documentation",
        ),
    }
}

/// The sentence for a value that is none of several words.
pub(super) fn choice<'a>(options: impl Iterator<Item = &'a Value>, subject: &Subject<'_>) -> Sentence {
    let word = |option: &Value| option.as_str().map_or_else(|| option.to_string(), ToOwned::to_owned);
    let words: Vec<String> = options.filter(|option| !option.is_null()).map(word).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let near = subject
        .value
        .as_str()
        .and_then(|text| nearest(text, words.iter().copied()));
    let remedy = near.map_or("write one of these".to_owned(), |near| {
        format!("did you mean {near:?}?")
    });
    let all = list(&words, "or");
    sentence(format!("must be {all}{}", subject.found()), remedy)
}

/// `a, b and c`.
pub(super) fn list(words: &[&str], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} {conjunction} {last}", most.join(", ")),
    }
}

/// What a kind of value is called, and how it is written.
fn wish(wanted: JsonType) -> (&'static str, &'static str) {
    match wanted {
        JsonType::Object => ("a mapping", "write its keys below it, indented"),
        JsonType::Array => ("a list", "write each item on a line of its own, behind \"- \""),
        JsonType::String => ("text", "put it in quotes"),
        JsonType::Integer => ("a whole number", "write digits alone, without quotes or a unit"),
        JsonType::Number => ("a number", "write digits alone, without quotes or a unit"),
        JsonType::Boolean => ("true or false", "write true or false, without quotes"),
        JsonType::Null => ("nothing", "leave it out"),
    }
}

fn sentence(message: impl Into<String>, remedy: impl Into<String>) -> Sentence {
    (message.into(), remedy.into())
}

// === impl Subject ===

impl Subject<'_> {
    /// `, found …`: the value if it is short and may be told, otherwise what kind of value it is.
    fn found(&self) -> String {
        match self.value {
            _ if self.hidden => String::new(),
            Value::String(text) if text.len() <= LONGEST_QUOTE => format!(", found {text:?}"),
            Value::Bool(_) | Value::Number(_) => format!(", found {}", self.value),
            _ => self.found_kind(),
        }
    }

    /// `, found …` without the value.
    fn found_kind(&self) -> String {
        let kind = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        format!(", found {kind}")
    }

    fn mistyped(&self, kind: &TypeKind) -> Sentence {
        let wanted = match kind {
            TypeKind::Single(wanted) => *wanted,
            // Such as "text or null": the null is only our way to say that the key may be left out.
            TypeKind::Multiple(set) => set
                .iter()
                .find(|kind| *kind != JsonType::Null)
                .unwrap_or(JsonType::Null),
        };
        let (noun, remedy) = wish(wanted);
        let collection = matches!(wanted, JsonType::Array | JsonType::Object);
        let remedy = match self.value {
            Value::Null => "give it a value or leave the key out",
            Value::Array(_) | Value::Object(_) if !collection => "write one value",
            _ => remedy,
        };
        // A text where keys belong may be anything, even a key of a client: its kind is enough.
        let found = if collection { self.found_kind() } else { self.found() };
        sentence(format!("must be {noun}{found}"), remedy)
    }

    fn bounded(&self, relation: &str, limit: &Value, way: &str) -> Sentence {
        sentence(
            format!("must be {relation} {limit}{}", self.found()),
            format!("write a {way} number"),
        )
    }

    /// What a value consists of.
    fn part(&self) -> &'static str {
        match self.value {
            Value::Array(_) => " item",
            Value::Object(_) => " key",
            _ => " character",
        }
    }
}
