//! What was exchanged with upstreams for a request that an operator tries out: shown to them once, and never kept.
//!
//! Nothing of it is shown but by way of the redaction of the provider that was asked, and headers that carry credentials are
//! left out by their names. `exchange` is what is kept of each, and what of that is shown.

mod exchange;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderName, StatusCode};

use self::exchange::Exchange;
pub(crate) use self::exchange::{Sent, Shown};

/// How many exchanges are shown: those of a job that is polled may be many.
const MOST_EXCHANGES: usize = 32;

/// The exchanges of one request, in the order in which they began. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Vec<Exchange>>>);

/// Where the reply of one exchange is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    tape: Tape,
    number: usize,
}

// === impl Tape ===

impl Tape {
    /// Records a request, and returns where its reply goes; `None` if there were too many.
    pub(crate) fn sent(&self, sent: Sent<'_>) -> Option<Recorder> {
        let mut exchanges = self.exchanges();
        if exchanges.len() >= MOST_EXCHANGES {
            return None;
        }
        exchanges.push(Exchange::of(sent));
        Some(Recorder {
            tape: self.clone(),
            number: exchanges.len() - 1,
        })
    }

    /// What was recorded, without secrets.
    pub(crate) fn shown(&self, is_credential: impl Fn(&HeaderName) -> bool) -> Vec<Shown> {
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
            exchange.head(status, headers);
        }
    }

    /// Records a piece of its body.
    pub(crate) fn piece(&self, piece: &[u8]) {
        if let Some(exchange) = self.tape.exchanges().get_mut(self.number) {
            exchange.piece(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use bytes::Bytes;
    use http::{Method, header};
    use jackfield_sandbox::Censor;

    use super::exchange::{LEFT_OUT, MOST_SHOWN, TAIL};
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
