//! Makes a JSON Schema strict, as Anthropic's SDKs do before they send one.
//!
//! Every object is closed. A keyword that upstreams refuse moves into the description, where the model may follow it.
//!
//! Sources: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>, "JSON Schema limitations";
//! `transform_schema` of the vendor's Python SDK.

use std::fmt;

use crate::Failure;
use crate::canonical::{Extra, Json};

/// The deepest schema accepted. Each level is read anew, and a deeper one is not meant.
const DEEPEST: usize = 64;

/// A schema is deeper than 64 levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep;

/// The formats of strings that the API accepts.
const FORMATS: [&str; 10] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
];

// === impl TooDeep ===

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a JSON schema may be at most {DEEPEST} levels deep")
    }
}

impl std::error::Error for TooDeep {}

/// The client's fault: no vendor takes it.
impl From<TooDeep> for Failure {
    fn from(fault: TooDeep) -> Self {
        Self::client(fault.to_string())
    }
}

/// The strict form of a schema.
///
/// # Errors
/// If it is too deep.
pub fn strict(schema: Extra) -> Result<Extra, TooDeep> {
    transform(schema, 0)
}

fn transform(mut schema: Extra, depth: usize) -> Result<Extra, TooDeep> {
    if depth > DEEPEST {
        return Err(TooDeep);
    }
    let mut strict = Extra::new();
    for definitions in ["$defs", "definitions"] {
        if let Some(named) = schema.take::<Extra>(definitions) {
            strict.insert(definitions, each(named, depth)?);
        }
    }
    if let Some(reference) = schema.remove("$ref") {
        strict.insert("$ref", reference);
        return Ok(strict);
    }
    literals(&mut schema, &mut strict);
    let is_literal = !strict.is_empty() && (strict.contains_key("enum") || strict.contains_key("const"));
    let kinds = kinds(&mut schema);
    let choices = choices(&mut schema);
    if let Some((keyword, variants)) = choices {
        let variants: Result<Vec<Json>, _> = variants.into_iter().map(|variant| value(&variant, depth)).collect();
        strict.set(keyword, &variants?);
    } else if let [kind] = kinds.as_slice()
        && !is_literal
    {
        strict.insert("type", kind.as_str());
    } else if kinds.len() > 1 && !is_literal {
        return several(schema, &kinds, strict, depth);
    }
    for name in ["description", "title"] {
        if let Some(value) = schema.remove(name) {
            strict.insert(name, value);
        }
    }
    if let ([kind], false) = (kinds.as_slice(), is_literal) {
        of_kind(kind, &mut schema, &mut strict, depth)?;
    }
    describe(&schema, &mut strict);
    Ok(strict)
}

/// Moves `enum` and `const` if their values are no lists or objects: they replace the type.
fn literals(schema: &mut Extra, strict: &mut Extra) {
    let primitive = |value: &Json| !value.is_object() && !value.is_array();
    let values: Vec<Json> = schema.read("enum").unwrap_or_default();
    if !values.is_empty() && values.iter().all(primitive) {
        schema.remove("enum");
        strict.set("enum", &values);
    }
    if schema.get("const").is_some_and(primitive) {
        strict.extend(schema.remove("const").map(|value| ("const".to_owned(), value)));
    }
}

/// The types: the one given, each of several, or the one that the keywords imply.
fn kinds(schema: &mut Extra) -> Vec<String> {
    match schema.remove("type") {
        Some(kind) => kind
            .as_str()
            .map_or_else(|| kind.read().unwrap_or_default(), |kind| vec![kind]),
        None if schema.contains_key("properties") => vec!["object".to_owned()],
        None if schema.contains_key("items") => vec!["array".to_owned()],
        None => Vec::new(),
    }
}

/// The first of the keywords that combine schemas, under the name that the API accepts.
fn choices(schema: &mut Extra) -> Option<(&'static str, Vec<Json>)> {
    let mut chosen = None;
    for (keyword, accepted) in [("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")] {
        let variants = schema.take::<Vec<Json>>(keyword);
        chosen = chosen.or(variants.map(|variants| (accepted, variants)));
    }
    chosen
}

/// A schema of several types, which the API wants as a choice of one each.
fn several(mut schema: Extra, kinds: &[String], mut strict: Extra, depth: usize) -> Result<Extra, TooDeep> {
    let mut words = Extra::new();
    for name in ["description", "title"] {
        words.extend(schema.remove(name).map(|value| (name.to_owned(), value)));
    }
    let mut variants = Vec::new();
    for kind in kinds {
        let mut variant = if kind == "null" { Extra::new() } else { schema.clone() };
        variant.insert("type", kind.as_str());
        variants.push(transform(variant, depth + 1)?);
    }
    strict.set("anyOf", &variants);
    strict.extend(words);
    Ok(strict)
}

/// Moves the keywords that the API accepts for a type.
fn of_kind(kind: &str, schema: &mut Extra, strict: &mut Extra, depth: usize) -> Result<(), TooDeep> {
    match kind {
        "object" => {
            let properties = each(schema.take("properties").unwrap_or_default(), depth)?;
            strict.insert("properties", properties);
            schema.remove("additionalProperties");
            strict.insert("additionalProperties", false);
            strict.extend(schema.remove("required").map(|names| ("required".to_owned(), names)));
        }
        "string" => {
            let known = schema
                .text("format")
                .is_some_and(|format| FORMATS.contains(&format.as_str()));
            let format = if known { schema.remove("format") } else { None };
            strict.extend(format.map(|format| ("format".to_owned(), format)));
        }
        "array" => {
            if let Some(items) = schema.remove("items") {
                strict.insert("items", value(&items, depth)?);
            }
            let few = matches!(schema.read::<u64>("minItems"), Some(0 | 1));
            let least = if few { schema.remove("minItems") } else { None };
            strict.extend(least.map(|least| ("minItems".to_owned(), least)));
        }
        _ => {}
    }
    Ok(())
}

/// The strict form of each of the named schemas.
fn each(named: Extra, depth: usize) -> Result<Extra, TooDeep> {
    let strict = |(name, schema)| Ok((name, value(&schema, depth)?));
    named.into_iter().map(strict).collect()
}

/// The strict form of a schema below another. `true` is the schema that accepts all.
fn value(schema: &Json, depth: usize) -> Result<Json, TooDeep> {
    Ok(transform(schema.read().unwrap_or_default(), depth + 1)?.into())
}

/// Adds the keywords that are left to the description.
fn describe(left: &Extra, strict: &mut Extra) {
    if left.is_empty() {
        return;
    }
    let keyword = |(name, value): (&str, &Json)| {
        let value = value.as_str().unwrap_or_else(|| value.text().to_owned());
        format!("{name}: {value}")
    };
    let keywords: Vec<String> = left.iter().map(keyword).collect();
    let keywords = format!("{{{}}}", keywords.join(", "));
    let description = match strict.text("description") {
        Some(description) => format!("{description}\n\n{keywords}"),
        None => keywords,
    };
    strict.insert("description", description);
}

#[cfg(test)]
mod tests;
