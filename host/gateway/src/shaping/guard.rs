//! A guard: somebody else's server that is asked by HTTP what it thinks of texts.
//!
//! The contract is the one that `LiteLLM` calls the generic guardrail API, which many guards speak: texts in, an action
//! and texts out. Source: <https://docs.litellm.ai/docs/adding_provider/generic_guardrail_api>.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::verdict::{Changes, Fragment, Part, Refusal, Released, Told, Trouble, Verdict};
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::error::UpstreamError;
use crate::upstream::reply::{Collector, UpstreamReply};

/// The largest answer of a guard, in bytes.
const LARGEST_ANSWER: usize = 16 << 20;

/// The header that carries the credential.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A guard, ready to be asked.
pub(crate) struct Guard {
    url: String,
    headers: HeaderMap,
    client: Client,
    deadline: Duration,
}

/// A question.
#[derive(Serialize)]
struct Question<'a> {
    texts: Vec<&'a str>,
    /// `request` or `response`.
    input_type: &'a str,
    litellm_call_id: &'a str,
    request_data: Asked<'a>,
    additional_provider_specific_params: serde_json::Map<String, serde_json::Value>,
}

/// What the guard is told of the request. Like other shapers, it gets no name, key or address.
#[derive(Serialize)]
struct Asked<'a> {
    user_api_key_user_id: &'a str,
    model: &'a str,
    call_type: &'a str,
}

/// An answer.
#[derive(Deserialize)]
struct Judgement {
    action: String,
    #[serde(default)]
    blocked_reason: Option<String>,
    #[serde(default)]
    texts: Option<Vec<String>>,
}

// === impl Guard ===

impl Guard {
    /// A guard at this URL, with headers that may be secret.
    pub(crate) fn new(url: &str, headers: HeaderMap, client: Client, deadline: Duration) -> Self {
        Self {
            url: url.to_owned(),
            headers,
            client,
            deadline,
        }
    }

    /// The header for a credential.
    pub(crate) fn credential(secret: &str) -> Option<(HeaderName, HeaderValue)> {
        let mut value = HeaderValue::try_from(secret).ok()?;
        value.set_sensitive(true);
        Some((API_KEY, value))
    }

    /// What it thinks of these texts; `input_type` is `request` or `response`.
    pub(super) async fn judge(&self, input_type: &str, told: &Told, parts: &[Part<'_>]) -> Result<Verdict, Trouble> {
        let texts: Vec<&str> = parts.iter().map(|part| part.text).collect();
        let judgement = self.ask(input_type, told, texts).await?;
        let new = match judgement.action.as_str() {
            "NONE" => return Ok(Verdict::Pass),
            "BLOCKED" => return Ok(Verdict::Refuse(judgement.refusal())),
            "GUARDRAIL_INTERVENED" => judgement.texts(parts.len())?,
            _ => return Err(unknown_action()),
        };
        let changed = parts.iter().zip(new).filter(|(part, new)| part.text != new);
        let replacements = changed.map(|(part, new)| (part.path.to_owned(), new));
        Ok(Verdict::Patch(Changes {
            replacements: replacements.collect(),
            ..Changes::default()
        }))
    }

    /// What it thinks of a text of a stream, which it gets in one piece.
    pub(super) async fn text(&self, told: &Told, piece: Fragment<'_>) -> Result<Released, Trouble> {
        let whole = Released {
            taken: piece.text.len(),
            text: piece.text.to_owned(),
            ..Released::default()
        };
        if piece.text.is_empty() {
            return Ok(whole);
        }
        let judgement = self.ask("response", told, vec![piece.text]).await?;
        match judgement.action.as_str() {
            "NONE" => Ok(whole),
            "BLOCKED" => Ok(Released {
                text: String::new(),
                refusal: Some(judgement.refusal()),
                ..whole
            }),
            "GUARDRAIL_INTERVENED" => Ok(Released {
                text: judgement.texts(1)?.remove(0),
                ..whole
            }),
            _ => Err(unknown_action()),
        }
    }

    async fn ask(&self, input_type: &str, told: &Told, texts: Vec<&str>) -> Result<Judgement, Trouble> {
        let question = Question {
            texts,
            input_type,
            litellm_call_id: &told.id,
            request_data: Asked {
                user_api_key_user_id: &told.user,
                model: &told.model,
                call_type: told.operation.as_str(),
            },
            additional_provider_specific_params: serde_json::Map::new(),
        };
        let body =
            serde_json::to_vec(&question).map_err(|error| Trouble::Failed(format!("could not be asked: {error}")))?;
        match timeout(self.deadline, self.exchange(body.into())).await {
            Ok(judgement) => judgement,
            Err(_) => Err(Trouble::Failed(format!("did not answer within {:?}", self.deadline))),
        }
    }

    async fn exchange(&self, body: Bytes) -> Result<Judgement, Trouble> {
        let mut headers = self.headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let request = OutgoingRequest {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: body.into(),
        };
        let (_line, sending) = self.client.send(request);
        let mut reply = sending
            .await
            .map_err(|error| Trouble::Failed(format!("could not be asked: {error}")))?;
        if !reply.status.is_success() {
            return Err(Trouble::Failed(format!(
                "answered with the status {}",
                reply.status.as_u16()
            )));
        }
        let answer = whole(&mut reply).await;
        let answer = answer.map_err(|error| Trouble::Failed(format!("gave no whole answer: {error}")))?;
        // The answer may repeat the texts, so the log does not.
        serde_json::from_slice(&answer).map_err(|_| Trouble::Failed("answered with what is no judgement".to_owned()))
    }
}

impl Debug for Guard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

async fn whole(reply: &mut UpstreamReply) -> Result<Bytes, UpstreamError> {
    let mut collector = Collector::new(LARGEST_ANSWER);
    loop {
        let mut pieces = Vec::new();
        reply.pieces(&mut pieces).await?;
        if pieces.is_empty() {
            return Ok(collector.finish());
        }
        pieces.into_iter().try_for_each(|piece| collector.push(piece))?;
    }
}

fn unknown_action() -> Trouble {
    Trouble::Failed("answered with an action that is none of NONE, BLOCKED and GUARDRAIL_INTERVENED".to_owned())
}

// === impl Judgement ===

impl Judgement {
    fn refusal(self) -> Refusal {
        let message = self.blocked_reason.unwrap_or_default();
        let message = if message.trim().is_empty() {
            "The content was blocked.".to_owned()
        } else {
            message
        };
        Refusal::new(message, "", 400)
    }

    /// As many texts as it was given.
    fn texts(self, count: usize) -> Result<Vec<String>, Trouble> {
        let texts = self.texts.unwrap_or_default();
        if texts.len() == count {
            return Ok(texts);
        }
        let returned = texts.len();
        Err(Trouble::Failed(format!(
            "was given {count} texts and returned {returned}"
        )))
    }
}
