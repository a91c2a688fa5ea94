//! Words the findings of the JSON Schema validator, each as a problem and a remedy.
//!
//! A schema can bring its own words: `errorMessage` is the problem, `remedy` the remedy, and `whenMissing` the remedy
//! if the value is absent.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::nearest::nearest;

/// The longest string that a problem quotes, in bytes.
const LONGEST_QUOTE: usize = 40;

/// The remedy for what only the schemas of adapters contain.
const SEE_ADAPTER: &str = "see the settings in the adapter's documentation";

/// The value that is at fault.
pub(super) struct Subject<'a> {
    /// The value.
    pub(super) value: &'a Value,
    /// The schema it violates.
    pub(super) schema: Option<&'a Value>,
    /// Whether the value must not be quoted.
    pub(super) hidden: bool,
}

/// A problem and its remedy.
pub(super) type Wording = (String, String);

/// The wording for a failed keyword of a schema.
pub(super) fn wording(kind: &Kind, subject: &Subject<'_>, error: &ValidationError<'_>) -> Wording {
    if let Some(problem) = subject.own("errorMessage") {
        let remedy = subject.own("remedy").unwrap_or(SEE_ADAPTER);
        return worded(format!("{problem}{}", subject.found()), remedy);
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
            worded("must not be empty", "write at least one".to_owned() + subject.part())
        }
        Kind::Pattern { pattern } => worded(
            format!("does not match the pattern {pattern}{}", subject.found()),
            "write a value that matches it",
        ),
        Kind::Format { format } => worded(
            format!("is not in the format {format}{}", subject.found()),
            "write a value in that format",
        ),
        Kind::UniqueItems => worded("contains a duplicate item", "keep one of the two"),
        // All others occur only in the schemas of adapters. The value is masked, because it may be a secret.
        _ => worded(format!("is invalid: {}", error.masked_with("it")), SEE_ADAPTER),
    }
}

/// The wording for a value that is none of the allowed words.
pub(super) fn choice<'a>(options: impl Iterator<Item = &'a Value>, subject: &Subject<'_>) -> Wording {
    let word = |option: &Value| option.as_str().map_or_else(|| option.to_string(), ToOwned::to_owned);
    let words: Vec<String> = options.filter(|option| !option.is_null()).map(word).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let near = subject
        .value
        .as_str()
        .and_then(|text| nearest(text, words.iter().copied()));
    let remedy = near.map_or("use one of these".to_owned(), |near| format!("did you mean {near:?}?"));
    let all = list(&words, "or");
    worded(format!("must be {all}{}", subject.found()), remedy)
}

/// `a, b and c`, with any conjunction.
pub(super) fn list(words: &[&str], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} {conjunction} {last}", most.join(", ")),
    }
}

/// The name of a type with its article, and how to write a value of it.
fn expected(wanted: JsonType) -> (&'static str, &'static str) {
    match wanted {
        JsonType::Object => ("a mapping", "write its keys below it, indented"),
        JsonType::Array => ("a list", "write each item on its own line, after \"- \""),
        JsonType::String => ("a string", "put it in quotes"),
        JsonType::Integer => ("a whole number", "write digits only, without quotes or a unit"),
        JsonType::Number => ("a number", "write digits only, without quotes or a unit"),
        JsonType::Boolean => ("true or false", "write true or false, without quotes"),
        JsonType::Null => ("null", "leave it out"),
    }
}

fn worded(problem: impl Into<String>, remedy: impl Into<String>) -> Wording {
    (problem.into(), remedy.into())
}

// === impl Subject ===

impl Subject<'_> {
    /// The schema's own words under this keyword.
    fn own(&self, keyword: &str) -> Option<&str> {
        self.schema?.get(keyword)?.as_str()
    }

    /// `, found …` with the value if it is short, or else with its type; empty if it is hidden.
    fn found(&self) -> String {
        match self.value {
            _ if self.hidden => String::new(),
            Value::String(text) if text.len() <= LONGEST_QUOTE => format!(", found {text:?}"),
            Value::Bool(_) | Value::Number(_) => format!(", found {}", self.value),
            _ => self.found_type(),
        }
    }

    /// `, found …` with the type of the value.
    fn found_type(&self) -> String {
        let name = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        format!(", found {name}")
    }

    fn mistyped(&self, kind: &TypeKind) -> Wording {
        let wanted = match kind {
            TypeKind::Single(wanted) => *wanted,
            // Such as "string or null", where null only means that the key can be left out.
            // A mapping that may also be a word is meant as a mapping.
            TypeKind::Multiple(set) if set.contains(JsonType::Object) => JsonType::Object,
            TypeKind::Multiple(set) => set
                .iter()
                .find(|kind| *kind != JsonType::Null)
                .unwrap_or(JsonType::Null),
        };
        let (noun, remedy) = expected(wanted);
        let collection = matches!(wanted, JsonType::Array | JsonType::Object);
        let remedy = match self.value {
            Value::Null => "give it a value, or leave the key out",
            Value::Array(_) | Value::Object(_) if !collection => "write a single value",
            _ => remedy,
        };
        // A string where a mapping belongs may be anything, even a client's key: only its type is shown.
        let found = if collection { self.found_type() } else { self.found() };
        worded(format!("must be {noun}{found}"), remedy)
    }

    fn bounded(&self, relation: &str, limit: &Value, way: &str) -> Wording {
        worded(
            format!("must be {relation} {limit}{}", self.found()),
            format!("write a {way} number"),
        )
    }

    /// What the value consists of.
    fn part(&self) -> &'static str {
        match self.value {
            Value::Array(_) => " item",
            Value::Object(_) => " key",
            _ => " character",
        }
    }
}
