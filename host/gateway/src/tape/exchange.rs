//! One exchange: what is kept of it, and what of that is shown, without secrets.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jackfield_sandbox::Censor;

/// The most bytes of a body that are shown.
pub(super) const MOST_SHOWN: usize = 64 << 10;

/// The bytes behind those that are read as well, if a body has more: a secret at their end may be there in part only, and
/// would not be known as one. No secret is longer, however it is written.
pub(super) const TAIL: usize = 32 << 10;

/// What stands in place of the value of a header that carries a credential.
pub(super) const LEFT_OUT: &str = "[left out]";

/// A request as an adapter has written it, before its credential is attached.
pub(crate) struct Sent<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    /// The upstream's name for the model.
    pub(crate) model: &'a str,
    /// The method.
    pub(crate) method: &'a Method,
    /// The address.
    pub(crate) url: &'a str,
    /// The headers.
    pub(crate) headers: &'a HeaderMap,
    /// The body.
    pub(crate) body: &'a Bytes,
    /// What takes the provider's secrets out.
    pub(crate) censor: Arc<dyn Censor>,
}

/// One exchange, as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: ShownBody,
    /// The reply, as far as it has come; `None` if there is none.
    pub(crate) reply: Option<ShownReply>,
}

/// A reply, as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShownReply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: ShownBody,
}

/// A body as text, and whether there is more of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ShownBody {
    pub(crate) text: String,
    pub(crate) cut: bool,
}

/// What is kept of an exchange.
pub(super) struct Exchange {
    censor: Arc<dyn Censor>,
    provider: String,
    model: String,
    method: String,
    url: String,
    headers: HeaderMap,
    sent: Kept,
    reply: Option<(StatusCode, HeaderMap, Kept)>,
}

/// The beginning of a body.
#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    more: bool,
}

// === impl Exchange ===

impl Exchange {
    /// One that begins with this request.
    pub(super) fn of(sent: Sent<'_>) -> Self {
        let mut body = Kept::default();
        body.push(sent.body);
        Self {
            censor: sent.censor,
            provider: sent.provider.to_owned(),
            model: sent.model.to_owned(),
            method: sent.method.to_string(),
            url: sent.url.to_owned(),
            headers: sent.headers.clone(),
            sent: body,
            reply: None,
        }
    }

    /// Keeps the head of the reply.
    pub(super) fn head(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.reply = Some((status, headers.clone(), Kept::default()));
    }

    /// Keeps a piece of its body.
    pub(super) fn piece(&mut self, piece: &[u8]) {
        if let Some((.., body)) = &mut self.reply {
            body.push(piece);
        }
    }

    /// What is kept, without secrets.
    pub(super) fn shown(&self, is_credential: &impl Fn(&HeaderName) -> bool) -> Shown {
        let censor = &*self.censor;
        let headers = |headers: &HeaderMap| {
            let text = |(name, value): (&HeaderName, &HeaderValue)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                let value = if is_credential(name) {
                    LEFT_OUT.to_owned()
                } else {
                    censor.censored(&value).into_owned()
                };
                (name.to_string(), value)
            };
            headers.iter().map(text).collect()
        };
        Shown {
            provider: self.provider.clone(),
            model: self.model.clone(),
            method: self.method.clone(),
            url: censor.censored(&self.url).into_owned(),
            headers: headers(&self.headers),
            body: self.sent.shown(censor),
            reply: self.reply.as_ref().map(|(status, head, body)| ShownReply {
                status: status.as_u16(),
                headers: headers(head),
                body: body.shown(censor),
            }),
        }
    }
}

// === impl Kept ===

impl Kept {
    fn push(&mut self, piece: &[u8]) {
        let room = (MOST_SHOWN + TAIL).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        self.more |= piece.len() > room;
    }

    /// The text without secrets. What may be a part of a secret is cut off behind that: redaction makes a text shorter or
    /// longer, but leaves its end as it is unless all of a secret is there.
    fn shown(&self, censor: &dyn Censor) -> ShownBody {
        let text = String::from_utf8_lossy(&self.bytes);
        let text = censor.censored(&text);
        let whole = if self.more {
            text.len().saturating_sub(TAIL)
        } else {
            text.len()
        };
        let end = text.floor_char_boundary(whole.min(MOST_SHOWN));
        ShownBody {
            text: text[..end].to_owned(),
            cut: self.more || end < text.len(),
        }
    }
}
