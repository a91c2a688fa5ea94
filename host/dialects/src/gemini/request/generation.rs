//! How the model is to answer: `generationConfig`.
//!
//! Source: <https://ai.google.dev/api/generate-content#v1beta.GenerationConfig>.

use super::{Member, schema};
use crate::fault::RequestFault;
use crate::gemini::spelled::Spelled;
use crate::json::Object;
use crate::standard::Dropped;

/// Where the members are.
const PLACE: &str = "generationConfig";

/// The members that are numbers here and in a chat.
const NUMBERS: [(&str, &str); 8] = [
    ("temperature", "temperature"),
    ("topP", "top_p"),
    ("topK", "top_k"),
    ("maxOutputTokens", "max_completion_tokens"),
    ("candidateCount", "n"),
    ("seed", "seed"),
    ("presencePenalty", "presence_penalty"),
    ("frequencyPenalty", "frequency_penalty"),
];

/// Whether the probabilities of tokens are wanted, and of how many other tokens in each place.
const LOGPROBS: [&str; 2] = ["responseLogprobs", "logprobs"];

/// Where the members are that say how hard the model is to think.
const THINKING: &str = "thinkingConfig";

/// The members in the words of a chat. What a chat has no words for is listed.
///
/// # Errors
/// If one of them is not of its shape.
pub(super) fn translate(request: &Spelled<'_>, dropped: &mut Dropped) -> Result<Vec<Member>, RequestFault> {
    let Some(config) = request.object(PLACE)? else {
        return Ok(Vec::new());
    };
    members(&config, dropped).map_err(|fault| fault.within(PLACE))
}

fn members(config: &Spelled<'_>, dropped: &mut Dropped) -> Result<Vec<Member>, RequestFault> {
    let mut set = Vec::new();
    for (own, name) in NUMBERS {
        set.extend(number(config, own)?.map(|number| (name, number)));
    }
    let stops = config.list("stopSequences", "strings")?;
    if stops.iter().any(|stop| !stop.get().starts_with('"')) {
        return Err(RequestFault::new("stopSequences", "must be a list of strings"));
    }
    if !stops.is_empty() {
        set.extend(config.get("stopSequences").map(|stops| ("stop", stops.into())));
    }
    set.extend(format(config, dropped)?);
    set.extend(thinking(config, dropped)?);
    set.extend(modalities(config)?);
    if config.is_set(LOGPROBS[0]) {
        set.push(("logprobs", b"true".to_vec()));
        set.extend(number(config, LOGPROBS[1])?.map(|number| ("top_logprobs", number)));
    }
    let unread = config.unread().into_iter();
    dropped.add_all(PLACE, unread.filter(|name| config.get(name) != Some("0")));
    Ok(set)
}

/// A number, which the vendor also takes as a text.
fn number(config: &Spelled<'_>, name: &'static str) -> Result<Option<Vec<u8>>, RequestFault> {
    let Some(value) = config.get(name) else {
        return Ok(None);
    };
    let plain = value.trim_matches('"');
    if plain.parse::<f64>().is_err() || !plain.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Err(RequestFault::new(name, "must be a number"));
    }
    // Some clients write whole numbers as floats, which others refuse.
    Ok(Some(
        plain
            .strip_suffix(".0")
            .filter(|_| !name.contains("emperature"))
            .unwrap_or(plain)
            .into(),
    ))
}

/// The `response_format`; `None` for plain text.
fn format(config: &Spelled<'_>, dropped: &mut Dropped) -> Result<Option<Member>, RequestFault> {
    let media_type = config.text("responseMimeType")?.unwrap_or_default();
    let json_schema = config
        .value("responseJsonSchema")
        .or_else(|| config.value("_responseJsonSchema"));
    let schema = if let Some(schema) = json_schema {
        Some(schema.get().to_owned())
    } else {
        let own = config.value("responseSchema").map(schema::standard);
        own.transpose().map_err(|fault| fault.within("responseSchema"))?
    };
    let value = match (media_type.as_str(), schema) {
        ("" | "text/plain", None) => return Ok(None),
        ("application/json", None) => br#"{"type":"json_object"}"#.to_vec(),
        ("" | "application/json", Some(schema)) => Object::text(|format| {
            format.raw("type", "\"json_schema\"");
            format.object("json_schema", |named| {
                // A name is required, and means nothing.
                named.raw("name", "\"reply\"");
                named.raw("schema", schema);
            });
        }),
        (_, schema) => {
            dropped.add(PLACE, "responseMimeType");
            if schema.is_some() {
                dropped.add(PLACE, "responseSchema");
            }
            return Ok(None);
        }
    };
    Ok(Some(("response_format", value)))
}

/// How hard the model is to think: a level, or a budget, of which -1 leaves it to the model.
fn thinking(config: &Spelled<'_>, dropped: &mut Dropped) -> Result<Option<Member>, RequestFault> {
    let Some(thinking) = config.object(THINKING)? else {
        return Ok(None);
    };
    let place = format!("{PLACE}.{THINKING}");
    let at = |fault: RequestFault| fault.within(THINKING);
    let effort = match thinking.text("thinkingLevel").map_err(at)? {
        None => number(&thinking, "thinkingBudget").map_err(at)?.and_then(budget),
        Some(level) => {
            let effort = level.to_ascii_lowercase();
            match effort.as_str() {
                "minimal" | "low" | "medium" | "high" => Some(("reasoning_effort", format!("\"{effort}\"").into())),
                "thinking_level_unspecified" => None,
                _ => {
                    dropped.add(&place, "thinkingLevel");
                    None
                }
            }
        }
    };
    // Whether thoughts are shown is the reply's affair.
    thinking.pass_over(&["includeThoughts"]);
    dropped.add_all(&place, thinking.unread());
    Ok(effort)
}

/// What a budget of tokens is in a chat; `None` if the model may choose it.
fn budget(tokens: Vec<u8>) -> Option<Member> {
    match tokens.as_slice() {
        b"0" => Some(("thinking", br#"{"type":"disabled"}"#.to_vec())),
        negative if negative.starts_with(b"-") => None,
        _ => {
            let thinking = Object::text(|thinking| {
                thinking.raw("type", "\"enabled\"");
                thinking.raw("budget_tokens", tokens);
            });
            Some(("thinking", thinking))
        }
    }
}

/// What the answer consists of, unless that is text alone.
fn modalities(config: &Spelled<'_>) -> Result<Option<Member>, RequestFault> {
    let listed = config.list("responseModalities", "words")?;
    let words = listed.iter().map(|word| serde_json::from_str::<String>(word.get()));
    let words: Vec<String> = words
        .collect::<Result<_, _>>()
        .map_err(|_| RequestFault::new("responseModalities", "must be a list of words"))?;
    let words: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    if words.iter().all(|word| word == "text") {
        return Ok(None);
    }
    Ok(Some(("modalities", serde_json::Value::from(words).to_string().into())))
}

/// True if the client wants to see what the model thinks.
pub(in crate::gemini) fn shows_thoughts(request: &Spelled<'_>) -> bool {
    let config = request.object(PLACE).ok().flatten();
    let thinking = config.and_then(|config| config.object(THINKING).ok().flatten());
    thinking.is_some_and(|thinking| thinking.is_set("includeThoughts"))
}
