//! One row of the ledger, and its format as a line of the journal.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The ledger row of one request. It never contains prompts, answers or secrets.
///
/// In the journal it is a line of JSON with member names of one to three letters, which omits empty values: it is
/// written for every request while the client waits for the last byte of its answer. In the database every field but
/// `pending` is a column of the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct Record<'a> {
    /// The process that served the request: random per start. Set by the journal.
    #[serde(rename = "n")]
    pub node: u64,
    /// The number of the record within the process, from 0. Set by the journal. Unique together with `node`.
    #[serde(rename = "q")]
    pub seq: u64,
    /// When the request arrived, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub time: u64,
    /// The id that the client received in `x-request-id`.
    #[serde(rename = "id", borrow)]
    pub request_id: Cow<'a, str>,
    /// The user's id; `None` for anonymous callers.
    #[serde(rename = "u", default, borrow, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Cow<'a, str>>,
    /// The id of the user's key; `None` unless the caller used a key in the database.
    #[serde(rename = "k", default, borrow, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Cow<'a, str>>,
    /// The operation: `chat`, `embeddings`, `rerank` or `images`.
    #[serde(rename = "o", borrow)]
    pub operation: Cow<'a, str>,
    /// The model that served, usually the one that the client asked for; empty if the request named none.
    #[serde(rename = "m", borrow)]
    pub model: Cow<'a, str>,
    /// The provider that answered; `None` if none did.
    #[serde(rename = "p", default, borrow, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Cow<'a, str>>,
    /// That provider's name for the model; `None` if no provider was asked.
    #[serde(rename = "um", default, borrow, skip_serializing_if = "Option::is_none")]
    pub upstream_model: Option<Cow<'a, str>>,
    /// The model that the reply names, often more exactly; `None` if it names none.
    #[serde(rename = "sm", default, borrow, skip_serializing_if = "Option::is_none")]
    pub served_model: Option<Cow<'a, str>>,
    /// The number of attempts made.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// The HTTP status that was sent; 499 if the client hung up before there was one.
    #[serde(rename = "s")]
    pub status: u16,
    /// Tokens of the prompt, including cached ones; `None` if unknown.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, including reasoning; `None` if unknown.
    #[serde(rename = "ot", default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Tokens of the prompt that the upstream read from its cache; `None` if unknown.
    #[serde(rename = "ct", default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer that were spent on reasoning; `None` if unknown.
    #[serde(rename = "rt", default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Tokens of the prompt that the upstream wrote to its cache, for however long; `None` if unknown.
    #[serde(rename = "cw", default, skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// Those of them that it keeps for an hour; `None` if unknown.
    #[serde(rename = "cwl", default, skip_serializing_if = "Option::is_none")]
    pub cache_write_1h_tokens: Option<u64>,
    /// Tokens of the prompt that are audio; `None` if unknown.
    #[serde(rename = "ia", default, skip_serializing_if = "Option::is_none")]
    pub input_audio_tokens: Option<u64>,
    /// Tokens of the answer that are audio; `None` if unknown.
    #[serde(rename = "oa", default, skip_serializing_if = "Option::is_none")]
    pub output_audio_tokens: Option<u64>,
    /// Tokens of the prompt that are images; `None` if unknown.
    #[serde(rename = "ii", default, skip_serializing_if = "Option::is_none")]
    pub input_image_tokens: Option<u64>,
    /// Tokens of the answer that are images; `None` if unknown.
    #[serde(rename = "oi", default, skip_serializing_if = "Option::is_none")]
    pub output_image_tokens: Option<u64>,
    /// Images that were asked for; `None` if none were.
    #[serde(rename = "im", default, skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
    /// The quality and the size of images that the request names, as in `hd/1024x1024`; `None` if it names neither.
    #[serde(rename = "ik", default, borrow, skip_serializing_if = "Option::is_none")]
    pub image_kind: Option<Cow<'a, str>>,
    /// Milliseconds of a recording that was written down; `None` if there was none.
    #[serde(rename = "rm", default, skip_serializing_if = "Option::is_none")]
    pub recording_ms: Option<u64>,
    /// Characters that were to be spoken; `None` if there were none.
    #[serde(rename = "ch", default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<u64>,
    /// Searches that the upstream made; `None` if unknown.
    #[serde(rename = "se", default, skip_serializing_if = "Option::is_none")]
    pub searches: Option<u64>,
    /// The service tier that the upstream named; `None` if it named none.
    #[serde(rename = "ti", default, borrow, skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<Cow<'a, str>>,
    /// Whether tokens or the length of a recording were estimated because the upstream did not report them.
    #[serde(rename = "e", default, skip_serializing_if = "is_false")]
    pub estimated: bool,
    /// The charge, in micro-credits.
    #[serde(rename = "c", default, skip_serializing_if = "is_zero")]
    pub credits: i64,
    /// What the request counts towards the user's daily quota. 0 if it was refunded; then it counts towards no other
    /// limit either.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub request_cost: u64,
    /// Time from the arrival of the request to the last byte of the answer, in milliseconds.
    #[serde(rename = "l", default, skip_serializing_if = "is_zero")]
    pub latency_ms: u64,
    /// Time from the arrival of the request to the first content, in milliseconds; `None` if there was no content.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub first_content_ms: Option<u64>,
    /// Whether the answer was streamed.
    #[serde(rename = "st", default, skip_serializing_if = "is_false")]
    pub stream: bool,
    /// Whether the stream broke off and another target went on with it.
    #[serde(rename = "cn", default, skip_serializing_if = "is_false")]
    pub continued: bool,
    /// How the response cache was used: `hit`, `coalesced`, `miss` or `refresh`; `None` if it was not. Of a hit, the tokens are those that
    /// were reported when the answer was new.
    #[serde(rename = "ca", default, borrow, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cow<'a, str>>,
    /// How the request ended.
    #[serde(rename = "end")]
    pub ended: Ended,
    /// The path of the endpoint, as the API lists it; empty if unknown.
    #[serde(rename = "ep", default, borrow, skip_serializing_if = "str_is_empty")]
    pub endpoint: Cow<'a, str>,
    /// The code of the error that the client got; `None` if it got none of the gateway's own.
    #[serde(rename = "ec", default, borrow, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Cow<'a, str>>,
    /// The class of the failure that decided the request; `None` if none did.
    #[serde(rename = "cl", default, borrow, skip_serializing_if = "Option::is_none")]
    pub class: Option<Cow<'a, str>>,
    /// The attempts, as [`Try`](super::tries::Try) writes them; `None` if there was none.
    #[serde(rename = "tr", default, borrow, skip_serializing_if = "Option::is_none")]
    pub tries: Option<Cow<'a, str>>,
    /// How long adapters worked on it, in microseconds; `None` if none did.
    #[serde(rename = "pu", default, skip_serializing_if = "Option::is_none")]
    pub plugin_us: Option<u64>,
    /// The model that the client asked for, if another served because the budget of its key was spent.
    #[serde(rename = "am", default, borrow, skip_serializing_if = "Option::is_none")]
    pub asked_model: Option<Cow<'a, str>>,
    /// Whether the charge is pending on the user's balance in this process until the row is in the store. Set by the
    /// ledger. Not a column, because it means nothing to other processes.
    #[serde(rename = "h", default, skip_serializing_if = "is_false")]
    pub pending: bool,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The client received the complete answer.
    #[default]
    Ok,
    /// The client hung up before the end.
    HungUp,
    /// The answer broke off after its head was sent.
    BrokeOff,
    /// The user killed the stream.
    Killed,
    /// A shaper kept the answer, or the rest of it, from the client.
    Refused,
    /// The client received an error.
    Failed,
}

// === impl Record ===

impl Record<'_> {
    /// Appends the record to `line` as a line of the journal.
    ///
    /// # Errors
    /// None in practice: every value can be expressed in JSON.
    pub(super) fn write_line(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *line, self)?;
        line.push(b'\n');
        Ok(())
    }
}

// === impl Ended ===

impl Ended {
    /// The name in the database.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::HungUp => "hung_up",
            Self::Refused => "refused",
            Self::BrokeOff => "broke_off",
            Self::Killed => "killed",
            Self::Failed => "failed",
        }
    }
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn str_is_empty(text: &str) -> bool {
    text.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Record<'static> {
        Record {
            node: 7,
            seq: 9,
            time: 1_795_252_000_123,
            request_id: "req_01J\"é".into(),
            user_id: Some("ada".into()),
            key_id: Some("k_1".into()),
            operation: "chat".into(),
            model: "route/deepseek-v3.2".into(),
            provider: Some("deepseek".into()),
            upstream_model: Some("deepseek-chat".into()),
            served_model: Some("deepseek-chat-v3.2".into()),
            attempts: 2,
            status: 200,
            input_tokens: Some(1_200),
            output_tokens: Some(345),
            cached_tokens: Some(0),
            reasoning_tokens: Some(12),
            cache_write_tokens: Some(30),
            cache_write_1h_tokens: Some(20),
            input_audio_tokens: Some(5),
            output_audio_tokens: Some(6),
            input_image_tokens: Some(3),
            output_image_tokens: Some(4),
            images: Some(1),
            image_kind: Some("hd/1024x1024".into()),
            recording_ms: Some(9_001),
            characters: Some(17),
            searches: Some(2),
            service_tier: Some("flex".into()),
            estimated: true,
            credits: 3_000,
            request_cost: 1,
            latency_ms: 1_840,
            first_content_ms: Some(210),
            stream: true,
            continued: true,
            cache: Some("miss".into()),
            ended: Ended::HungUp,
            endpoint: "/v1/chat/completions".into(),
            error_code: Some("UPSTREAM_ERROR".into()),
            class: Some("malformed".into()),
            tries: Some("[{\"provider\":\"deepseek\",\"model\":\"deepseek-chat\",\"duration_ms\":9}]".into()),
            plugin_us: Some(90),
            asked_model: Some("large".into()),
            pending: true,
        }
    }

    fn line(record: &Record) -> Vec<u8> {
        let mut line = Vec::new();
        record.write_line(&mut line).unwrap();
        line
    }

    #[test]
    fn a_record_is_one_line_and_survives_a_round_trip() {
        let empty = Record::default();
        for record in [full(), empty] {
            let line = line(&record);
            assert_eq!(memchr::memchr_iter(b'\n', &line).count(), 1);
            assert_eq!(serde_json::from_slice::<Record>(&line).unwrap(), record);
        }
    }

    #[test]
    fn empty_values_are_omitted() {
        let text = String::from_utf8(line(&Record::default())).unwrap();
        assert_eq!(
            text,
            "{\"n\":0,\"q\":0,\"t\":0,\"id\":\"\",\"o\":\"\",\"m\":\"\",\"s\":0,\"end\":\"ok\"}\n"
        );
    }

    #[test]
    fn every_ending_has_the_same_name_in_the_journal_and_the_database() {
        for ended in [
            Ended::Ok,
            Ended::HungUp,
            Ended::BrokeOff,
            Ended::Killed,
            Ended::Refused,
            Ended::Failed,
        ] {
            let json = serde_json::to_string(&ended).unwrap();
            assert_eq!(json, format!("\"{}\"", ended.as_str()));
        }
    }

    #[test]
    fn a_later_version_may_add_members() {
        let mut text = String::from_utf8(line(&full())).unwrap();
        text.insert_str(1, "\"new\":[1],");
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), full());
    }
}
