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
//! | `redacted` | the same with reasoning that nobody can read, where the vendor has such |
//! | `search` | a search that the vendor runs itself, and a text that cites its page; the request must allow it |
//! | `cite` | a text that cites the first document of the message, where the vendor has citations |
//! | `cached` | a text, for which a part of the input was written to the vendor's cache |
//! | `long` | a text ended by the limit of tokens |
//! | `error-400` `error-401` `error-429` `error-500` | the vendor's error of that status |
//! | `error-midway` | a text, then the vendor's error event; buffered: as `error-500` |
//! | `cut` | a text, then the connection breaks; buffered: it breaks at once |
//!
//! In the text of embeddings, the query of a reranking and the prompt of an image, the words of errors and `cut` do the
//! same, and any other text is served.

use serde_json::Value;

use super::fault::{Fault, FaultKind, demand};
use super::schema::conforming;
use super::turn::{Citation, Turn};

/// The signature under the reasoning of `think`: whoever sends the reasoning back must send it too.
pub const SIGNATURE: &str = "c2lnbmVkIGJ5IHRoZSBkb3VibGU=";

/// What stands for the reasoning of `redacted`: whoever sends it back must send it unchanged.
pub const REDACTED: &str = "cmVkYWN0ZWQgYnkgdGhlIGRvdWJsZQ==";

/// What a double understood of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// The text of the last user message.
    pub(super) text: String,
    /// The images of that message: media types or addresses.
    pub(super) images: Vec<String>,
    /// The documents of that message: their titles, if they have any.
    pub(super) documents: Vec<Option<String>>,
    /// The results of tools at the end of the conversation.
    pub(super) results: Vec<String>,
    /// The names of the tools.
    pub(super) tools: Vec<String>,
    /// The schema that the reply must conform to.
    pub(super) schema: Option<Value>,
    /// True if reasoning was asked for.
    pub(super) thinks: bool,
    /// True if the vendor may search the web.
    pub(super) searches: bool,
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

/// What goes wrong with a request that is no conversation.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// It is refused.
    Refused(Fault),
    /// The connection breaks.
    Cut,
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
    // The last word counts: an adapter may have joined earlier messages of the user to the last one.
    let play = words(&heard.text).filter_map(|word| play_of(word, heard)).next_back();
    let unknown = || Err(Fault::invalid("The double knows no scenario in the last user message"));
    play.unwrap_or_else(unknown)
}

/// What a text asks to go wrong, in an operation that is no conversation.
pub(super) fn trouble(text: &str) -> Option<Trouble> {
    let trouble = |word| match word {
        "cut" => Some(Trouble::Cut),
        word => fault_of(word).map(Trouble::Refused),
    };
    words(text).filter_map(trouble).next_back()
}

/// The words of a text, of which some choose a scenario.
pub(super) fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
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
        "redacted" => Ok(redacted(heard)),
        "search" => search(heard),
        "cite" => cite(heard),
        "cached" => Ok(Turn::says(&["Kept", " for later"]).caches(3)),
        "long" => Ok(Turn::says(&["Once upon", " a time"]).too_long()),
        "error-midway" => return Some(Ok(Play::Failed(partial, internal()))),
        "cut" => return Some(Ok(Play::Cut(partial))),
        word => Err(fault_of(word)?),
    };
    Some(turn.map(Play::Whole))
}

fn fault_of(word: &str) -> Option<Fault> {
    Some(match word {
        "error-400" => Fault::invalid("The double was asked for an invalid request"),
        "error-401" => Fault::new(FaultKind::Unauthenticated, "The double rejects the key"),
        "error-429" => Fault::new(FaultKind::RateLimited, "The double is asked too often"),
        "error-500" => internal(),
        _ => return None,
    })
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
    demand(!heard.images.is_empty(), "There is no image in the last user message")?;
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

fn redacted(heard: &Heard) -> Turn {
    let turn = Turn::says(&["I may not", " say why"]);
    if heard.thinks {
        turn.thinks_in_secret(REDACTED)
    } else {
        turn
    }
}

fn search(heard: &Heard) -> Result<Turn, Fault> {
    demand(heard.searches, "The request allows no search on the web")?;
    let turn = Turn::says(&["It is 18 °C", " in Paris"]);
    let page = "https://weather.example/paris";
    Ok(turn.searches("paris", "weather in Paris", page, "Weather in Paris"))
}

fn cite(heard: &Heard) -> Result<Turn, Fault> {
    let title = heard.documents.first();
    let title = title.ok_or_else(|| Fault::invalid("There is no document in the last user message"))?;
    let citation = Citation::Document {
        index: 0,
        title: title.clone(),
        quote: "As is written".to_owned(),
    };
    Ok(Turn::says(&["As is", " written"]).cites(citation))
}
