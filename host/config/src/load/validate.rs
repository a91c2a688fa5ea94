//! Validates a value against a JSON Schema, and reports every fault with its place.

use std::net::SocketAddr;

use jsonschema::{
    PatternOptions, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::{
    Document,
    document::join,
    nearest::nearest,
    wording::{self, Subject, list},
};
use crate::{
    Fault,
    areas::{is_host, is_origin},
};

/// The most steps back of one match of a `pattern`: a manifest may bring a pattern that takes for ever.
const MOST_BACKTRACKING: usize = 100_000;

/// A fault, and the JSON Pointer of the value at fault.
pub(super) struct Finding {
    pub(super) pointer: String,
    pub(super) fault: Fault,
}

/// The validation of one value.
struct Check<'a> {
    document: &'a Document,
    schema: &'a Value,
    /// The JSON Pointer of the value in the configuration.
    prefix: &'a str,
    findings: Vec<Finding>,
}

/// Every fault of `value`, whose JSON Pointer in the configuration is `prefix`.
///
/// # Errors
/// If the schema itself is invalid, with the reason.
pub(super) fn findings(
    document: &Document,
    prefix: &str,
    schema: &Value,
    value: &Value,
) -> Result<Vec<Finding>, String> {
    let patterns = PatternOptions::fancy_regex().backtrack_limit(MOST_BACKTRACKING);
    let validator = jsonschema::options()
        .with_pattern_options(patterns)
        .should_validate_formats(true)
        .with_format("socket-address", |text: &str| text.parse::<SocketAddr>().is_ok())
        .with_format("origin", is_origin)
        .with_format("host", is_host)
        .build(schema)
        .map_err(|error| error.to_string())?;
    let mut check = Check {
        document,
        schema,
        prefix,
        findings: Vec::new(),
    };
    for error in validator.iter_errors(value) {
        check.explain(&error);
    }
    Ok(check.findings)
}

// === impl Check ===

impl Check<'_> {
    fn explain(&mut self, error: &ValidationError<'_>) {
        let pointer = format!("{}{}", self.prefix, error.instance_path().as_str());
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.branches(pointer, error, context);
            }
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let (problem, remedy) = self.unknown(error, name);
                    self.add(join(&pointer, name), problem, remedy);
                }
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let remedy = self.remedy_for_missing(error, name);
                self.add(join(&pointer, name), "is missing".to_owned(), remedy);
            }
            kind => {
                let (problem, remedy) = wording::wording(kind, &self.subject(&pointer, error), error);
                self.add(pointer, problem, remedy);
            }
        }
    }

    /// No branch of an `anyOf` or `oneOf` matches: an enum, an optional value, or several types.
    fn branches(&mut self, pointer: String, error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>]) {
        let schemas = self.schema.pointer(error.schema_path().as_str());
        let choices: Vec<&Value> = schemas.into_iter().flat_map(|schema| self.choices(schema)).collect();
        if !choices.is_empty() {
            let (problem, remedy) = wording::choice(choices.into_iter(), &self.subject(&pointer, error));
            return self.add(pointer, problem, remedy);
        }
        let fits = |errors: &&Vec<ValidationError<'_>>| {
            // The branch for this type of value explains more than the others.
            !errors.iter().any(|inner| {
                inner.instance_path() == error.instance_path()
                    && matches!(
                        inner.kind(),
                        Kind::Type {
                            kind: TypeKind::Single(_)
                        }
                    )
            })
        };
        for inner in context.iter().find(fits).or(context.first()).into_iter().flatten() {
            self.explain(inner);
        }
    }

    /// The words a schema allows, through references and branches; empty if it allows any other value.
    fn choices<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        if let Value::Array(branches) = schema {
            let named = branches.iter().filter(|branch| branch["type"] != "null");
            let choices: Vec<_> = named.map(|branch| self.choices(branch)).collect();
            let open = choices.iter().any(Vec::is_empty);
            return if open {
                Vec::new()
            } else {
                choices.into_iter().flatten().collect()
            };
        }
        if let Some(word) = schema.get("const") {
            return vec![word];
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return words.iter().collect();
        }
        let name = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|name| name.strip_prefix("#/$defs/"));
        let target = name.and_then(|name| self.schema.pointer(&join("/$defs", name)));
        // A reference within a definition is not followed: it could lead back to itself.
        let inner = target.unwrap_or(schema);
        inner
            .get("oneOf")
            .or(inner.get("enum").map(|_| inner))
            .map_or_else(Vec::new, |inner| self.choices(inner))
    }

    fn unknown(&self, error: &ValidationError<'_>, name: &str) -> (String, String) {
        let members = self
            .around(error)
            .and_then(|schema| schema.get("properties")?.as_object());
        let names: Vec<&str> = members.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let remedy = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None if names.is_empty() => "remove it".to_owned(),
            None if names.len() == 1 => format!("the only key allowed here is {}", names[0]),
            None => format!("the keys allowed here are {}", list(&names, "and")),
        };
        ("is not a known key".to_owned(), remedy)
    }

    /// The remedy for a missing key: that of its own schema, if it has one.
    fn remedy_for_missing(&self, error: &ValidationError<'_>, name: &str) -> String {
        let member = self
            .around(error)
            .and_then(|schema| schema.get("properties")?.get(name));
        let own = member.and_then(|member| member.get("whenMissing")?.as_str());
        own.map_or_else(|| format!("add {name:?} here"), ToOwned::to_owned)
    }

    /// The schema that contains the failed keyword.
    fn around(&self, error: &ValidationError<'_>) -> Option<&Value> {
        let path = error.schema_path().as_str();
        self.schema
            .pointer(path.rsplit_once('/').map_or("", |(around, _)| around))
    }

    fn subject<'s>(&'s self, pointer: &str, error: &'s ValidationError<'_>) -> Subject<'s> {
        let schema = self.around(error);
        let write_only = schema.is_some_and(|schema| schema.get("writeOnly") == Some(&Value::Bool(true)));
        let hidden = write_only || self.document.is_referred(pointer);
        Subject {
            value: error.instance(),
            schema,
            hidden,
        }
    }

    /// Adds a finding, unless the value is absent only because a reference in it is unresolved.
    fn add(&mut self, pointer: String, problem: String, remedy: String) {
        if !self.document.missing.contains(&pointer) {
            let fault = self.document.fault(&pointer, problem, remedy);
            self.findings.push(Finding { pointer, fault });
        }
    }
}
