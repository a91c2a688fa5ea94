//! The protocols that clients speak, as pure functions over JSON text: no sockets, no clock, no runtime.
//!
//! In reading order: [`Operation`] is what a client can ask for, and [`ClientDialect`] is the trait of a protocol to
//! ask for it in. A dialect reads a body into a [`ParsedRequest`], writes a reply and returns its [`ReplySummary`], or
//! opens a [`StreamReader`]; [`RequestFault`] and [`StreamFault`] say what was wrong, [`ErrorDetail`] what an upstream's
//! error says to programs. [`all`] lists the dialects:
//! `openai`, whose JSON is the canonical form, `anthropic`, `responses`, `gemini`, `completions` and `cohere`; where a path names
//! the model, it is an [`Address`]. [`batches`] are many requests in one order. [`FormData`] reads and writes requests
//! with files, [`Passed`] passes replies that are no JSON (`subtitles` reads those that are texts). Below them, [`words`] holds one table for each
//! vocabulary that the dialects share, and [`json`] reads and edits raw text. `bounds` is how much of a reply is kept. [`conversation`] tells by what a conversation is known. What a target does not accept of the
//! canonical form ([`Accepts`]) gets its [`Standard`] form. [`Texts`] are the texts of a request or a reply, and
//! [`StreamTexts`] those of a stream, for what looks at them and replaces them. [`ModelCard`] is a model as lists show it, [`ModelInfo`] one with its prices,
//! and [`reads_objects`] tells programs from people.

mod accepts;
mod address;
mod anthropic;
pub mod batches;
mod bounds;
mod calls;
mod client;
mod cohere;
mod completions;
mod continuation;
pub mod conversation;
mod count;
mod demand;
mod detail;
mod facts;
mod fault;
mod form;
mod gemini;
mod grown;
mod interruption;
pub mod json;
mod known;
mod model_card;
mod model_info;
mod openai;
mod operation;
mod page;
mod passed;
mod produced;
mod programs;
mod reader;
mod request;
mod responses;
mod restored;
mod sealed;
mod sse;
mod standard;
mod subtitles;
mod summary;
#[cfg(test)]
mod tests;
mod texts;
mod thinking;
mod told;
mod translated;
mod turns;
pub mod words;

pub use self::accepts::{Accepts, Extension, UnknownExtension};
pub use self::address::{Address, Framing};
pub use self::client::{ClientDialect, Dialect, Endpoint, Form, Interruption};
pub use self::continuation::{Continuation, ContinuedReader};
pub use self::demand::EXTRAS;
pub use self::detail::ErrorDetail;
pub use self::facts::{Charge, ErrorFacts, ReplyFacts, StreamFacts};
pub use self::fault::{RequestFault, StreamFault};
pub use self::form::{FormData, WrittenForm, form_boundary, form_parameter};
pub use self::known::{CREDENTIAL_HEADERS, PARAMETER_HEADERS, all, batch_api, batch_apis, canonical, spoken};
pub use self::model_card::{ModelCard, Query};
pub use self::model_info::{ModelInfo, model_infos};
pub use self::openai::{
    CANONICAL_BULK, ListedModel, assembled, image_urls, long_texts, shorten, taken_apart, with_images,
};
pub use self::operation::{Operation, UnknownOperation};
pub use self::page::Page;
pub use self::passed::Passed;
pub use self::programs::reads_objects;
pub use self::reader::{Pushed, StreamReader};
pub use self::request::ParsedRequest;
pub use self::restored::restored;
pub use self::standard::{Dropped, Restoration, Standard};
pub use self::summary::ReplySummary;
pub use self::texts::instruct::{Instruction, InstructionPlace};
pub use self::texts::stream::{Ends, EventText, EventTexts, StreamTexts, TextKey};
pub use self::texts::{TEXT_MEMBERS, TextKind, TextPart, Texts, UnfitText, is_object};
pub use self::told::Told;
pub use self::translated::Translated;
