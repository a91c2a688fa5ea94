//! What was exchanged with upstreams for a request that an operator tries out: shown to them once, and never kept.
//!
//! Nothing of it is shown but by way of the redaction of the provider that was asked, and headers that carry credentials are
//! left out by their names.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use jackfield_sandbox::Censor;

/// How many exchanges are shown: those of a job that is polled may be many.
const MOST_EXCHANGES: usize = 32;

/// The most bytes of a body that are shown.
const MOST_SHOWN: usize = 64 << 10;

/// The bytes behind those that are read as well, if a body has more: a secret at their end may be there in part only, and
/// would not be known as one. No secret is longer, however it is written.
const TAIL: usize = 32 << 10;

/// What stands in place of the value of a header that carries a credential.
const LEFT_OUT: &str = "[left out]";

/// The exchanges of one request, in the order in which they began. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Vec<Exchange>>>);

/// Where the reply of one exchange is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    tape: Tape,
    number: usize,
}

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

struct Exchange {
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

// === impl Tape ===

impl Tape {
    /// Records a request, and returns where its reply goes; `None` if there were too many.
    pub(crate) fn sent(&self, sent: Sent<'_>) -> Option<Recorder> {
        let mut exchanges = self.exchanges();
        if exchanges.len() >= MOST_EXCHANGES {
            return None;
        }
        let mut body = Kept::default();
        body.push(sent.body);
        exchanges.push(Exchange {
            censor: sent.censor,
            provider: sent.provider.to_owned(),
            model: sent.model.to_owned(),
            method: sent.method.to_string(),
            url: sent.url.to_owned(),
            headers: sent.headers.clone(),
            sent: body,
            reply: None,
        });
        Some(Recorder {
            tape: self.clone(),
            number: exchanges.len() - 1,
        })
    }

    /// What was recorded, without secrets.
    pub(crate) fn shown(&self, is_credential: impl Fn(&http::HeaderName) -> bool) -> Vec<Shown> {
        let exchanges = self.exchanges();
        exchanges
            .iter()
            .map(|exchange| exchange.shown(&is_credential))
            .collect()
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows nothing of what is recorded.
impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tape")
    }
}

// === impl Recorder ===

impl Recorder {
    /// Records the head of the reply.
    pub(crate) fn head(&self, status: StatusCode, headers: &HeaderMap) {
        if let Some(exchange) = self.tape.exchanges().get_mut(self.number) {
            exchange.reply = Some((status, headers.clone(), Kept::default()));
        }
    }

    /// Records a piece of its body.
    pub(crate) fn piece(&self, piece: &[u8]) {
        let mut exchanges = self.tape.exchanges();
        let reply = exchanges
            .get_mut(self.number)
            .and_then(|exchange| exchange.reply.as_mut());
        if let Some((.., body)) = reply {
            body.push(piece);
        }
    }
}

// === impl Exchange ===

impl Exchange {
    fn shown(&self, is_credential: &impl Fn(&http::HeaderName) -> bool) -> Shown {
        let censor = &*self.censor;
        let headers = |headers: &HeaderMap| {
            let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use http::header;

    use super::*;

    /// Knows one secret.
    struct Hides(&'static str);

    impl Censor for Hides {
        fn censored<'l>(&self, line: &'l str) -> Cow<'l, str> {
            line.replace(self.0, "[secret]").into()
        }
    }

    fn taped(body: &str, reply: &[&str]) -> Shown {
        let tape = Tape::default();
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Bearer of another kind".parse().unwrap());
        headers.insert("x-team", "the hush team".parse().unwrap());
        let recorder = tape.sent(Sent {
            provider: "p",
            model: "m",
            method: &Method::POST,
            url: "https://example.com/v1?k=hush",
            headers: &headers,
            body: &Bytes::copy_from_slice(body.as_bytes()),
            censor: Arc::new(Hides("hush")),
        });
        let recorder = recorder.unwrap();
        if !reply.is_empty() {
            recorder.head(StatusCode::OK, &headers);
            for piece in reply {
                recorder.piece(piece.as_bytes());
            }
        }
        assert_eq!(format!("{tape:?}"), "Tape");
        tape.shown(|name| *name == header::AUTHORIZATION).swap_remove(0)
    }

    #[test]
    fn no_part_of_an_exchange_shows_a_secret() {
        let shown = taped("say hush", &["it is hu", "sh: hush"]);
        assert_eq!(shown.url, "https://example.com/v1?k=[secret]");
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [header("authorization", LEFT_OUT), header("x-team", "the [secret] team")];
        assert_eq!(shown.headers, headers);
        assert_eq!(shown.body.text, "say [secret]");
        let reply = shown.reply.unwrap();
        assert_eq!((reply.status, &reply.headers[..]), (200, &headers[..]));
        assert_eq!((&*reply.body.text, reply.body.cut), ("it is [secret]: [secret]", false));
    }

    #[test]
    fn a_body_is_cut_and_what_may_be_half_a_secret_is_not_shown() {
        let long = "x".repeat(MOST_SHOWN + TAIL - 2) + "hush" + &"y".repeat(99);
        let shown = taped(&long, &[]);
        assert!(shown.reply.is_none() && shown.body.cut);
        assert_eq!(shown.body.text, "x".repeat(MOST_SHOWN));
        // Redaction may bring its end to the front.
        let tape = Tape::default();
        let secret = "hush, it is a long one";
        let many = secret.repeat((MOST_SHOWN + TAIL) / secret.len() + 2);
        let sent = Sent {
            provider: "p",
            model: "m",
            method: &Method::POST,
            url: "/",
            headers: &HeaderMap::new(),
            body: &many.into(),
            censor: Arc::new(Hides(secret)),
        };
        assert!(tape.sent(sent).is_some());
        let shown = tape.shown(|_| false).swap_remove(0).body;
        assert!(shown.cut && !shown.text.contains("hush"), "{}", shown.text);
    }

    #[test]
    fn only_so_many_exchanges_are_kept() {
        let tape = Tape::default();
        let send = || {
            tape.sent(Sent {
                provider: "p",
                model: "m",
                method: &Method::GET,
                url: "/",
                headers: &HeaderMap::new(),
                body: &Bytes::new(),
                censor: Arc::new(Hides("hush")),
            })
        };
        let kept = (0..100).filter(|_| send().is_some()).count();
        assert_eq!((kept, tape.shown(|_| false).len()), (MOST_EXCHANGES, MOST_EXCHANGES));
    }
}
