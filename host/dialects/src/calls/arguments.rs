//! The arguments of one tool call as they grow.

use serde_json::value::RawValue;

use crate::fault::StreamFault;

/// The arguments so far. A call is complete when they are a whole object, to which nothing can be added.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    text: String,
    stage: Stage,
    /// How many objects and lists are open.
    depth: usize,
    in_string: bool,
    /// The next character of the string is escaped.
    escaped: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// White space at most.
    #[default]
    Blank,
    /// An object has begun.
    Open,
    /// The object is whole.
    Whole,
    /// The braces match, but it is no JSON.
    Broken,
    /// Something else than an object, such as a string that holds one.
    Odd,
}

// === impl Arguments ===

impl Arguments {
    /// Adds a piece. Returns whether it may go out: what does not begin as an object waits for the end.
    ///
    /// # Errors
    /// If it adds to an object that is whole, unless it only repeats it.
    pub(crate) fn push(&mut self, piece: &str) -> Result<bool, StreamFault> {
        if self.stage == Stage::Whole {
            return if piece.trim().is_empty() || piece == self.text {
                Ok(false)
            } else {
                Err(StreamFault::malformed(
                    "a tool call went on after its arguments were complete",
                ))
            };
        }
        self.text.push_str(piece);
        let after = self.scan(piece);
        if self.stage == Stage::Open || after.is_none() {
            return Ok(self.stage == Stage::Open);
        }
        if !after.unwrap_or_default().trim().is_empty() || !is_json(&self.text) {
            self.stage = Stage::Broken;
        }
        Ok(true)
    }

    /// True if nothing has arrived but white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.stage == Stage::Blank
    }

    /// True if they are a whole object.
    pub(crate) fn is_whole(&self) -> bool {
        self.stage == Stage::Whole
    }

    /// What is still to be sent at the end of the reply.
    ///
    /// # Errors
    /// If they are no object, although the reply was not cut off.
    pub(crate) fn finish(&mut self, is_cut_off: bool) -> Result<Option<String>, StreamFault> {
        match self.stage {
            Stage::Blank | Stage::Whole => Ok(None),
            Stage::Odd if self.text.trim() == "null" => Ok(None),
            Stage::Odd => match object_in(&self.text) {
                Some(object) => {
                    self.stage = Stage::Whole;
                    Ok(Some(object))
                }
                None if is_cut_off => Ok(None),
                None => Err(no_object()),
            },
            Stage::Open | Stage::Broken if is_cut_off => Ok(None),
            Stage::Open | Stage::Broken => Err(no_object()),
        }
    }

    /// The object, if it is whole.
    pub(crate) fn object(&self) -> Option<&str> {
        self.is_whole().then(|| self.text.trim())
    }

    /// What has arrived but began with something else than an object, so that it waits.
    pub(crate) fn odd(&self) -> Option<&str> {
        (self.stage == Stage::Odd).then_some(&*self.text)
    }

    /// Follows the braces of a piece. Returns what follows the object if it ends in this piece.
    fn scan<'p>(&mut self, piece: &'p str) -> Option<&'p str> {
        for (at, byte) in piece.bytes().enumerate() {
            match (self.stage, byte) {
                (Stage::Blank, b' ' | b'\t' | b'\n' | b'\r') => {}
                (Stage::Blank, b'{') => (self.stage, self.depth) = (Stage::Open, 1),
                (Stage::Blank, _) => self.stage = Stage::Odd,
                (Stage::Open, _) if self.escaped => self.escaped = false,
                (Stage::Open, b'\\') if self.in_string => self.escaped = true,
                (Stage::Open, b'"') => self.in_string = !self.in_string,
                (Stage::Open, b'{' | b'[') if !self.in_string => self.depth += 1,
                (Stage::Open, b'}' | b']') if !self.in_string => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.stage = Stage::Whole;
                        return piece.get(at + 1..);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// The object that arguments hold: itself, or the one in a string, as some upstreams encode it twice.
pub(crate) fn object_in(arguments: &str) -> Option<String> {
    let arguments = arguments.trim();
    let inner: String;
    let object = if arguments.starts_with('"') {
        inner = serde_json::from_str(arguments).ok()?;
        inner.trim()
    } else {
        arguments
    };
    (object.starts_with('{') && is_json(object)).then(|| object.to_owned())
}

fn no_object() -> StreamFault {
    StreamFault::malformed("the arguments of a tool call are not a JSON object")
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn after(pieces: &[&str]) -> Arguments {
        let mut arguments = Arguments::default();
        for piece in pieces {
            arguments.push(piece).unwrap();
        }
        arguments
    }

    #[test]
    fn an_object_is_whole_when_its_last_brace_closes() {
        for pieces in [
            &["{}"][..],
            &[" {\"a\"", ":{\"b\":[1,{}]", "}", "} "],
            &["{\"a\":\"}\\\"", "}\\", "\\\"}"],
            &["{}", "", " \n", "{}"],
        ] {
            assert!(after(pieces).is_whole(), "{pieces:?}");
        }
        for pieces in [
            &["{\"a\":\"}\""][..],
            &["{x}"],
            &["{}{}"],
            &["{]"],
            &[" "],
            &["null"],
            &["\"{}\""],
        ] {
            assert!(!after(pieces).is_whole(), "{pieces:?}");
        }
    }

    #[test]
    fn what_is_added_to_a_whole_object_is_malformed() {
        assert!(after(&["{\"a\":1}"]).push("{\"b\":2}").is_err());
    }

    #[test]
    fn the_end_tells_whether_there_is_an_object() {
        let finish = |pieces: &[&str]| after(pieces).finish(false);
        assert_eq!(finish(&[]), Ok(None));
        assert_eq!(finish(&["{}"]), Ok(None));
        assert_eq!(finish(&["nu", "ll"]), Ok(None));
        assert_eq!(
            finish(&["\"{\\\"a\\\"", ":10.10}\""]),
            Ok(Some("{\"a\":10.10}".to_owned()))
        );
        for pieces in [&["{"][..], &["{x}"], &["{}{}"], &["[1]"], &["\"x\""], &["7"]] {
            assert!(finish(pieces).is_err(), "{pieces:?}");
            assert_eq!(after(pieces).finish(true), Ok(None), "{pieces:?}");
        }
    }
}
