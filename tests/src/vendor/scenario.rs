//! The stories that both doubles tell, chosen by a word in the user's last message.
//!
//! | word | what happens |
//! |---|---|
//! | `hello` | a text in three pieces |
//! | `weather` | one call of `get_weather`; a request that ends with tool results gets a text which uses them |
//! | `weathers` | two parallel calls of `get_weather`, arguments in several pieces |
//! | `json` | JSON that conforms to the schema which the request must bring |
//! | `image` | the media type of each image, or the address; at least one image must have come |
//! | `think` | reasoning, if the request asks for it, and a text |
//! | `long` | a text ended by the limit of tokens |
//! | `error-400` `error-401` `error-429` `error-500` | the vendor's error of that status |
//! | `error-midway` | a text, then the vendor's error event; buffered: as `error-500` |
//! | `cut` | a text, then the connection breaks; buffered: it breaks at once |

use serde_json::Value;

use super::fault::{Fault, FaultKind, demand};
use super::schema::conforming;
use super::turn::Turn;

/// The signature under the reasoning of `think`: whoever sends the reasoning back must send it too.
pub const SIGNATURE: &str = "c2lnbmVkIGJ5IHRoZSBkb3VibGU=";

/// What a double understood of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// The text of the last user message.
    pub(super) text: String,
    /// The images of that message: media types or addresses.
    pub(super) images: Vec<String>,
    /// The results of tools at the end of the conversation.
    pub(super) results: Vec<String>,
    /// The names of the tools.
    pub(super) tools: Vec<String>,
    /// The schema that the reply must conform to.
    pub(super) schema: Option<Value>,
    /// True if reasoning was asked for.
    pub(super) thinks: bool,
}

/// What a double does.
#[derive(Clone, Debug)]
pub(super) enum Play {
    /// Says this.
    Whole(Turn),
    /// Says this, and then the connection breaks.
    Cut(Turn),
    /// Says this, and then fails.
    Failed(Turn, Fault),
}

/// Hear one more part of the user's text: words of two parts stay two words.
pub(super) fn hear(heard: &mut Heard, text: &str) {
    heard.text.push_str(text);
    heard.text.push('\n');
}

/// The play for what was heard.
pub(super) fn play(heard: &Heard) -> Result<Play, Fault> {
    if !heard.results.is_empty() {
        let results = heard.results.join("; ");
        return Ok(Play::Whole(Turn::says(&["The tool said: ", &results, "."])));
    }
    let words = heard
        .text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    // The last word counts: an adapter may have joined earlier messages of the user to the last one.
    let play = words.filter_map(|word| play_of(word, heard)).next_back();
    let unknown = || {
        Err(Fault::invalid(
            "The double knows no scenario in the last user message",
        ))
    };
    play.unwrap_or_else(unknown)
}

fn play_of(word: &str, heard: &Heard) -> Option<Result<Play, Fault>> {
    let partial = Turn::says(&["This text", " stays"]);
    let turn = match word {
        "hello" => Ok(Turn::says(&["Hello", ", ", "world! ☀"])),
        "weather" => weather(heard, &["Paris"]),
        "weathers" => weather(heard, &["Paris", "Oslo"]),
        "json" => structured(heard),
        "image" => image(heard),
        "think" => Ok(think(heard)),
        "long" => Ok(Turn::says(&["Once upon", " a time"]).too_long()),
        "error-400" => Err(Fault::invalid(
            "The double was asked for an invalid request",
        )),
        "error-401" => Err(Fault::new(
            FaultKind::Unauthenticated,
            "The double rejects the key",
        )),
        "error-429" => Err(Fault::new(
            FaultKind::RateLimited,
            "The double is asked too often",
        )),
        "error-500" => Err(internal()),
        "error-midway" => return Some(Ok(Play::Failed(partial, internal()))),
        "cut" => return Some(Ok(Play::Cut(partial))),
        _ => return None,
    };
    Some(turn.map(Play::Whole))
}

fn internal() -> Fault {
    Fault::new(FaultKind::Internal, "The double has failed")
}

fn weather(heard: &Heard, cities: &[&str]) -> Result<Turn, Fault> {
    demand(
        heard.tools.iter().any(|name| name == "get_weather"),
        "There is no tool get_weather",
    )?;
    let call = |turn: Turn, city: &&str| {
        let city_end = format!("{city}\"}}");
        turn.calls(
            &format!("weather_{city}"),
            "get_weather",
            &["{\"ci", "ty\": \"", &city_end],
        )
    };
    Ok(cities.iter().fold(Turn::default(), call))
}

fn structured(heard: &Heard) -> Result<Turn, Fault> {
    let schema = heard.schema.as_ref();
    let schema = schema.ok_or_else(|| Fault::invalid("There is no schema to conform to"))?;
    let text = conforming(schema).to_string();
    // Between two characters: a piece of a stream is valid UTF-8.
    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
    Ok(Turn::says(&[first, second]))
}

fn image(heard: &Heard) -> Result<Turn, Fault> {
    demand(
        !heard.images.is_empty(),
        "There is no image in the last user message",
    )?;
    Ok(Turn::says(&["I see ", &heard.images.join(" and ")]))
}

fn think(heard: &Heard) -> Turn {
    let turn = Turn::says(&["Forty", "-two"]);
    if heard.thinks {
        turn.thinks(&["Six times", " seven."], SIGNATURE)
    } else {
        turn
    }
}
