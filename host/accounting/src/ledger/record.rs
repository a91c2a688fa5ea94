//! One row of the ledger, and its form as a line of the journal.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What is kept of one request. It never holds a prompt, an answer or a secret.
///
/// Its line of the journal is JSON with names of one or two letters, absent where a value is empty: it is written once
/// for every request, while the client waits for its last byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<'a> {
    /// The process that served it: random for each start. The journal sets it.
    #[serde(rename = "n")]
    pub node: u64,
    /// Counts up within the process. The journal sets it.
    #[serde(rename = "q")]
    pub seq: u64,
    /// When the request came, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub time: u64,
    /// The id that the client saw in `x-request-id`.
    #[serde(rename = "id", borrow)]
    pub request_id: Cow<'a, str>,
    /// The user; none if the caller was anonymous.
    #[serde(rename = "u", default, borrow, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Cow<'a, str>>,
    /// The id of the user's key; none if the caller came without one of the database.
    #[serde(rename = "k", default, borrow, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Cow<'a, str>>,
    /// What was asked for: `chat`, `embeddings`, `rerank` or `images`.
    #[serde(rename = "o", borrow)]
    pub operation: Cow<'a, str>,
    /// The model that was asked for.
    #[serde(rename = "m", borrow)]
    pub model: Cow<'a, str>,
    /// The provider that answered; none if none did.
    #[serde(rename = "p", default, borrow, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Cow<'a, str>>,
    /// Attempts made.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// The HTTP status sent.
    #[serde(rename = "s")]
    pub status: u16,
    /// Tokens of the prompt, those from a cache included; none if unknown.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, those of reasoning included; none if unknown.
    #[serde(rename = "ot", default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Tokens of the prompt that came from the upstream's cache; none if unknown.
    #[serde(rename = "ct", default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer that were spent on reasoning; none if unknown.
    #[serde(rename = "rt", default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Whether the tokens were estimated because the upstream did not tell.
    #[serde(rename = "e", default, skip_serializing_if = "is_false")]
    pub estimated: bool,
    /// The charge, in micro-credits.
    #[serde(rename = "c", default, skip_serializing_if = "is_zero")]
    pub credits: i64,
    /// What it counted on the daily quota; 0 if its quota was given back, and then it counts on no other either.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub request_cost: u64,
    /// Time from the request to the answer's last byte, in milliseconds.
    #[serde(rename = "l", default, skip_serializing_if = "is_zero")]
    pub latency_ms: u64,
    /// Time from the request to the first content, in milliseconds; none if there was none.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub first_content_ms: Option<u64>,
    /// Whether the answer was a stream.
    #[serde(rename = "st", default, skip_serializing_if = "is_false")]
    pub stream: bool,
    /// How it ended.
    #[serde(rename = "end")]
    pub ended: Ended,
    /// Whether the charge is pending on the user's balance in this process until the row is in the store. It is no
    /// column: another process has nothing pending for it.
    #[serde(rename = "h", default, skip_serializing_if = "is_false")]
    pub pending: bool,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The answer is complete.
    #[default]
    Ok,
    /// The client hung up before the end.
    HungUp,
    /// The answer broke off after its head was out.
    BrokeOff,
    /// The user ended the stream.
    Killed,
    /// The client got an error.
    Failed,
}

// === impl Record ===

impl Record<'_> {
    /// Writes its line of the journal.
    ///
    /// # Errors
    /// None that is known: every value has a form in JSON.
    pub(super) fn write_line(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *line, self)?;
        line.push(b'\n');
        Ok(())
    }
}

// === impl Ended ===

impl Ended {
    /// Its name in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::HungUp => "hung_up",
            Self::BrokeOff => "broke_off",
            Self::Killed => "killed",
            Self::Failed => "failed",
        }
    }
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
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
            attempts: 2,
            status: 200,
            input_tokens: Some(1_200),
            output_tokens: Some(345),
            cached_tokens: Some(0),
            reasoning_tokens: Some(12),
            estimated: true,
            credits: 3_000,
            request_cost: 1,
            latency_ms: 1_840,
            first_content_ms: Some(210),
            stream: true,
            ended: Ended::HungUp,
            pending: true,
        }
    }

    fn line(record: &Record) -> Vec<u8> {
        let mut line = Vec::new();
        record.write_line(&mut line).unwrap();
        line
    }

    #[test]
    fn a_record_is_one_line_and_is_read_as_it_was_written() {
        let empty = Record::default();
        for record in [full(), empty] {
            let line = line(&record);
            assert_eq!(memchr::memchr_iter(b'\n', &line).count(), 1);
            assert_eq!(serde_json::from_slice::<Record>(&line).unwrap(), record);
        }
    }

    #[test]
    fn what_is_empty_takes_no_room() {
        let text = String::from_utf8(line(&Record::default())).unwrap();
        assert_eq!(
            text,
            "{\"n\":0,\"q\":0,\"t\":0,\"id\":\"\",\"o\":\"\",\"m\":\"\",\"s\":0,\"end\":\"ok\"}\n"
        );
    }

    #[test]
    fn every_end_has_the_same_name_in_the_journal_and_in_the_database() {
        for ended in [Ended::Ok, Ended::HungUp, Ended::BrokeOff, Ended::Killed, Ended::Failed] {
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
