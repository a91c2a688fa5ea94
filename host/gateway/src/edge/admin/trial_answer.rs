//! The body of an answer in the playground: text as it comes, up to the most that is shown.

use std::str::from_utf8;

use axum::body::Body;
use http_body_util::BodyExt;

/// The most bytes of an answer that are shown.
const MOST: usize = 1 << 20;

/// An answer that is being read. Dropping it ends its request.
pub(super) struct TrialAnswer {
    /// What is still to come; `None` after its end.
    body: Option<Body>,
    /// The beginning of a character whose end has not come.
    begun: Vec<u8>,
    room: usize,
    /// What is known of how it ended.
    pub(super) ending: Ending,
}

/// What an answer lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ending {
    /// It is longer than what is shown.
    pub(super) cut: bool,
    /// Its body broke off.
    pub(super) broken: bool,
}

// === impl TrialAnswer ===

impl TrialAnswer {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body: Some(body),
            begun: Vec::new(),
            room: MOST,
            ending: Ending::default(),
        }
    }

    /// The next piece, once it has come; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            match self.body.as_mut()?.frame().await {
                Some(Ok(frame)) => {
                    let Ok(piece) = frame.into_data() else { continue };
                    let text = self.taken(&piece);
                    if !text.is_empty() {
                        return Some(text);
                    }
                }
                Some(Err(_)) => {
                    self.ending.broken = true;
                    return self.rest();
                }
                None => return self.rest(),
            }
        }
    }

    /// All that is left.
    pub(super) async fn whole(&mut self) -> String {
        let mut whole = String::new();
        while let Some(piece) = self.next().await {
            whole.push_str(&piece);
        }
        whole
    }

    /// The characters that are complete with this piece.
    fn taken(&mut self, piece: &[u8]) -> String {
        let shown = &piece[..piece.len().min(self.room)];
        self.room -= shown.len();
        self.begun.extend_from_slice(shown);
        if shown.len() < piece.len() {
            self.ending.cut = true;
            return self.rest().unwrap_or_default();
        }
        let complete: Vec<u8> = self.begun.drain(..complete(&self.begun)).collect();
        String::from_utf8_lossy(&complete).into_owned()
    }

    /// What is there without its end, which does not come.
    fn rest(&mut self) -> Option<String> {
        self.body = None;
        let rest = std::mem::take(&mut self.begun);
        (!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned())
    }
}

/// How many bytes there are before a character that is begun.
fn complete(bytes: &[u8]) -> usize {
    let mut end = 0;
    while let Err(error) = from_utf8(&bytes[end..]) {
        end += error.valid_up_to();
        match error.error_len() {
            Some(invalid) => end += invalid,
            None => return end,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use std::io;

    use bytes::Bytes;
    use futures_util::stream::iter;

    use super::*;

    fn answer(pieces: &[&[u8]]) -> TrialAnswer {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)))
            .collect();
        TrialAnswer::new(Body::from_stream(iter(pieces)))
    }

    async fn pieces(mut answer: TrialAnswer) -> Vec<String> {
        let mut pieces = Vec::new();
        while let Some(piece) = answer.next().await {
            pieces.push(piece);
        }
        pieces
    }

    #[tokio::test]
    async fn a_character_in_two_pieces_is_shown_as_one() {
        let euro = "€".as_bytes();
        assert_eq!(pieces(answer(&[b"1 ", &euro[..1], &euro[1..]])).await, ["1 ", "€"]);
        let torn = [b"1 ", &euro[..2]].concat();
        assert_eq!(pieces(answer(&[&torn])).await, ["1 ", "\u{fffd}"]);
        assert_eq!(pieces(answer(&[b"\xff!", b"\xff"])).await, ["\u{fffd}!", "\u{fffd}"]);
    }

    #[tokio::test]
    async fn no_more_is_read_than_is_shown() {
        let large = vec![b'x'; MOST - 1];
        let mut answer = answer(&[&large, b"yz", b"never read"]);
        let whole = answer.whole().await;
        assert_eq!(whole.len(), MOST);
        assert!(whole.ends_with("xy") && answer.body.is_none());
        assert_eq!((answer.ending.cut, answer.ending.broken), (true, false));
    }

    #[tokio::test]
    async fn a_body_that_breaks_is_no_whole_answer() {
        let pieces = [Ok(Bytes::from("half")), Err(io::Error::other("cut"))];
        let mut answer = TrialAnswer::new(Body::from_stream(iter(pieces)));
        assert_eq!(answer.whole().await, "half");
        assert_eq!((answer.ending.cut, answer.ending.broken), (false, true));
    }
}
