//! The members other than the conversation and its tools for which OpenAI has different words.

use crate::fault::RequestFault;
use crate::json::fields::{entries, flag, given};
use crate::json::{Members, Object};

/// A member of the canonical request: its name, and its value as JSON.
pub(super) type Member = (&'static str, Vec<u8>);

/// The members that are not copied as they came, because others replace them.
pub(super) const TRANSLATED: [&str; 9] = [
    "messages",
    "metadata",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream_options",
    "system",
    "tool_choice",
    "tools",
];

/// The members in OpenAI's words.
///
/// # Errors
/// If one of them is not of its shape.
pub(super) fn translate(members: &Members<'_>) -> Result<Vec<Member>, RequestFault> {
    let mut set = Vec::new();
    if flag(members, "stream")? {
        // Anthropic's streams always have the usage.
        set.push(("stream_options", br#"{"include_usage":true}"#.to_vec()));
    }
    set.extend(stop(members)?);
    set.extend(metadata(members)?);
    set.extend(output(members)?);
    set.extend(given(members, "service_tier").map(service_tier));
    Ok(set)
}

fn stop(members: &Members<'_>) -> Result<Option<Member>, RequestFault> {
    let Some(stop) = given(members, "stop_sequences") else {
        return Ok(None);
    };
    match entries(stop) {
        Some(all) if all.iter().all(|one| one.get().starts_with('"')) => {
            Ok((!all.is_empty()).then(|| ("stop", stop.into())))
        }
        _ => {
            let message = "must be a list of strings";
            Err(RequestFault::new("stop_sequences", message))
        }
    }
}

/// The end user's id, which is all that the API documents in `metadata`.
fn metadata(members: &Members<'_>) -> Result<Vec<Member>, RequestFault> {
    let Some(object) = object(members, "metadata")? else {
        return Ok(Vec::new());
    };
    let mut set = Vec::new();
    if let Some(user) = given(&object, "user_id") {
        if !user.starts_with('"') {
            return Err(RequestFault::new("metadata.user_id", "must be a string"));
        }
        set.push(("user", user.into()));
    }
    set.extend(rest(&object, "metadata", "user_id"));
    Ok(set)
}

/// The schema of a structured output; the effort stays where it is.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>.
fn output(members: &Members<'_>) -> Result<Vec<Member>, RequestFault> {
    let Some(config) = object(members, "output_config")? else {
        return Ok(Vec::new());
    };
    let whole = || vec![("output_config", config_text(members))];
    let Some(format) = config.get("format") else {
        return Ok(whole());
    };
    let Ok(format) = Members::of(format.get()) else {
        return Ok(whole());
    };
    let schema = given(&format, "schema").filter(|schema| schema.starts_with('{'));
    let (Some("\"json_schema\""), Some(schema)) = (given(&format, "type"), schema) else {
        return Ok(whole());
    };
    let response_format = Object::text(|format| {
        format.raw("type", "\"json_schema\"");
        format.object("json_schema", |named| {
            // OpenAI requires a name but makes no use of it.
            named.raw("name", "\"reply\"");
            named.raw("schema", schema);
        });
    });
    let mut set = vec![("response_format", response_format)];
    set.extend(rest(&config, "output_config", "format"));
    Ok(set)
}

fn config_text(members: &Members<'_>) -> Vec<u8> {
    given(members, "output_config").unwrap_or_default().into()
}

/// Anthropic's `standard_only` is OpenAI's `default`.
fn service_tier(tier: &str) -> Member {
    let tier = match tier {
        "\"standard_only\"" => "\"default\"",
        tier => tier,
    };
    ("service_tier", tier.into())
}

/// The members of an object other than the translated one, if there are any.
fn rest(object: &Members<'_>, key: &'static str, translated: &str) -> Option<Member> {
    let translated = [translated];
    let mut others = object.others(&translated).peekable();
    others.peek()?;
    let rest = Object::text(|rest| rest.members(others.map(|(member, _)| member)));
    Some((key, rest))
}

fn object<'a>(members: &Members<'a>, key: &'static str) -> Result<Option<Members<'a>>, RequestFault> {
    given(members, key)
        .map(|text| Members::of(text).map_err(|_| RequestFault::new(key, "must be an object")))
        .transpose()
}
