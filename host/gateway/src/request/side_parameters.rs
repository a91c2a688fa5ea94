//! What adapters are told beside the members of the request: the client's headers that concern them, and how long an answer
//! may be.

use http::{HeaderMap, HeaderValue};
use jackfield_dialects::json::{Edit, set_members};
use jackfield_dialects::words::tokens::estimate_tokens;
use jackfield_dialects::{Dialect, Operation, PARAMETER_HEADERS, ParsedRequest, canonical};

use crate::snapshot::Model;

/// How many tokens an answer may have, for adapters whose upstream must be told and whose client does not say.
const MAX_OUTPUT: &str = "max_output";

/// In which steps a limit becomes smaller: what an adapter makes of equal parameters is kept.
const STEP: u64 = 4096;

/// Parameters from outside the request: names and JSON values.
#[derive(Debug, Default)]
pub(crate) struct SideParameters {
    canonical: Vec<(&'static str, String)>,
    native: Vec<(&'static str, String)>,
}

// === impl SideParameters ===

impl SideParameters {
    /// Those of a request with a body of this many bytes.
    pub(crate) fn new(
        dialect: Dialect,
        headers: &HeaderMap,
        request: &ParsedRequest<'_>,
        bytes: usize,
        model: &Model,
    ) -> Self {
        let mut canonical = from_headers(headers, &PARAMETER_HEADERS);
        let mut native = canonical.clone();
        native.extend(from_headers(headers, dialect.native_headers()));
        if let Some(most) = longest_answer(request, bytes, model) {
            canonical.push((MAX_OUTPUT, most.to_string()));
        }
        if dialect.is_canonical() {
            native.clone_from(&canonical);
        }
        Self { canonical, native }
    }

    /// The parameters of a request in canonical form, with these.
    pub(crate) fn with_canonical(&self, parameters: Vec<u8>) -> Vec<u8> {
        with(&self.canonical, parameters)
    }

    /// The parameters of a request in the client's own form, with these.
    pub(crate) fn with_native(&self, parameters: Vec<u8>) -> Vec<u8> {
        with(&self.native, parameters)
    }
}

fn with(added: &[(&'static str, String)], parameters: Vec<u8>) -> Vec<u8> {
    let (false, Ok(text)) = (added.is_empty(), std::str::from_utf8(&parameters)) else {
        return parameters;
    };
    let edits = added.iter().map(|(key, value)| Edit { key, at: None, value });
    let edits: Vec<Edit<'_>> = edits.collect();
    let mut out = Vec::with_capacity(text.len() + 128);
    set_members(text, &edits, &mut out);
    out
}

/// The client's headers that are passed to providers as parameters: each a JSON array of its comma-separated values.
fn from_headers(headers: &HeaderMap, names: &[(&'static str, &'static str)]) -> Vec<(&'static str, String)> {
    let given = names.iter().filter_map(|(header, parameter)| {
        let values = headers.get_all(*header).into_iter();
        let values: Vec<&str> = values
            .filter_map(|value: &HeaderValue| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect();
        (!values.is_empty()).then(|| (*parameter, serde_json::Value::from(values).to_string()))
    });
    given.collect()
}

/// The model's limit, or less if a long prompt seems to leave less of its context. `None` if the client sets a limit, none
/// is known, or every upstream knows it better: those that speak the canonical dialect need not be told.
fn longest_answer(request: &ParsedRequest<'_>, bytes: usize, model: &Model) -> Option<u64> {
    let most = model.config.max_output?;
    let mut adapters = model
        .chain
        .targets
        .iter()
        .filter_map(|target| target.provider.as_deref());
    let limited = request.max_tokens().is_some();
    let must_know = adapters.any(|adapter| !adapter.speaks(canonical().name()));
    if request.operation != Operation::Chat || limited || !must_know {
        return None;
    }
    Some(within(most, model.config.context, bytes))
}

/// The estimate errs on the long side, above all with images: what it leaves is never less than one step.
fn within(most: u64, context: Option<u64>, bytes: usize) -> u64 {
    let Some(context) = context else { return most };
    let room = context.saturating_sub(estimate_tokens(bytes as u64));
    most.min((room - room % STEP).max(STEP))
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_long_prompt_leaves_less_for_the_answer_and_never_nothing() {
        for (most, context, bytes, expected) in [
            (64_000, None, 4_000_000, 64_000),
            (64_000, Some(200_000), 4_000, 64_000),
            (64_000, Some(200_000), 600_000, 49_152),
            (64_000, Some(200_000), 600_040, 49_152),
            (64_000, Some(200_000), 4_000_000, 4096),
            (1_000, Some(200_000), 4_000_000, 1_000),
        ] {
            assert_eq!(within(most, context, bytes), expected, "{bytes}");
        }
    }
}
