//! A kept answer as bytes, for a store outside of this process: what is known of it as a line of JSON, then its texts.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use jackfield_accounting::clock::unix_millis;
use jackfield_dialects::words::usage::Usage;
use memchr::memchr;
use serde::{Deserialize, Serialize};

use super::kept::{Form, Kept, Mark};

/// What is known of an answer.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    usage: Usage,
    produced_bytes: u64,
    dropped: String,
    /// When it was answered, in milliseconds since 1970.
    at: u64,
    /// The length of the answer; what follows is what it said in the form of a whole reply.
    text: usize,
    /// The pieces of a stream, each with its milliseconds and its end; `None` for a reply in one piece.
    marks: Option<Vec<(u64, usize)>>,
}

// === impl Kept ===

impl Kept {
    /// The answer as bytes; `None` if that cannot be.
    pub(super) fn packed(&self) -> Option<Vec<u8>> {
        let (marks, whole) = match &self.form {
            Form::Whole => (None, None),
            Form::Stream { marks, whole } => {
                let mark = |mark: &Mark| (u64::try_from(mark.after.as_millis()).unwrap_or(u64::MAX), mark.end);
                (Some(marks.iter().map(mark).collect()), whole.as_ref())
            }
        };
        let head = Head {
            usage: self.usage,
            produced_bytes: self.produced_bytes,
            dropped: self.dropped.clone(),
            at: unix_millis(self.at).cast_unsigned(),
            text: self.text.len(),
            marks,
        };
        let mut packed = serde_json::to_vec(&head).ok()?;
        packed.push(b'\n');
        packed.extend_from_slice(&self.text);
        packed.extend_from_slice(whole.map_or(&[][..], |whole| &whole[..]));
        Some(packed)
    }

    /// The answer of these bytes; `None` if they are of another making.
    pub(super) fn unpacked(packed: Vec<u8>) -> Option<Self> {
        let packed = Bytes::from(packed);
        let end = memchr(b'\n', &packed)?;
        let head: Head = serde_json::from_slice(&packed[..end]).ok()?;
        let texts = packed.slice(end + 1..);
        if head.text > texts.len() {
            return None;
        }
        let (text, whole) = (texts.slice(..head.text), texts.slice(head.text..));
        let form = match head.marks {
            None => Form::Whole,
            Some(marks) => {
                let mut ends = marks.iter().map(|(_, end)| *end);
                if !ends.clone().is_sorted() || ends.next_back() != Some(head.text) {
                    return None;
                }
                let mark = |(millis, end)| Mark {
                    after: Duration::from_millis(millis),
                    end,
                };
                Form::Stream {
                    marks: marks.into_iter().map(mark).collect(),
                    whole: Some(whole).filter(|whole| !whole.is_empty()),
                }
            }
        };
        Some(Self {
            text,
            form,
            usage: head.usage,
            produced_bytes: head.produced_bytes,
            dropped: head.dropped,
            at: UNIX_EPOCH.checked_add(Duration::from_millis(head.at))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use jackfield_dialects::words::name::{ServedModel, ServiceTier};

    use super::*;

    fn kept(form: Form) -> Kept {
        Kept {
            text: Bytes::from_static(b"data: a\n\ndata: b\n\n"),
            form,
            usage: Usage {
                input_tokens: Some(u64::MAX),
                output_tokens: Some(0),
                service_tier: ServiceTier::new("flex"),
                served_model: ServedModel::new("m-1"),
                unreadable: true,
                ..Usage::default()
            },
            produced_bytes: 3,
            dropped: "top_k, é".to_owned(),
            at: SystemTime::now(),
        }
    }

    fn stream(whole: Option<Bytes>) -> Form {
        let mark = |millis, end| Mark {
            after: Duration::from_millis(millis),
            end,
        };
        Form::Stream {
            marks: vec![mark(0, 9), mark(12, 18)],
            whole,
        }
    }

    #[test]
    fn an_answer_survives_the_way_there_and_back() {
        for form in [
            Form::Whole,
            stream(None),
            stream(Some(Bytes::from_static(b"{\"a\":1}"))),
        ] {
            let kept = kept(form);
            let back = kept.packed().and_then(Kept::unpacked).unwrap();
            assert_eq!(
                (&back.text, back.usage, back.produced_bytes),
                (&kept.text, kept.usage, 3)
            );
            assert_eq!(format!("{:?}", back.form), format!("{:?}", kept.form));
            assert_eq!(back.dropped, kept.dropped);
            assert!(kept.at.duration_since(back.at).unwrap() < Duration::from_millis(1));
        }
    }

    #[test]
    fn what_was_cut_or_is_something_else_is_no_answer() {
        let packed = kept(stream(None)).packed().unwrap();
        for length in 0..packed.len() {
            assert!(Kept::unpacked(packed[..length].to_vec()).is_none(), "{length}");
        }
        let text = String::from_utf8(packed).unwrap();
        for (old, new) in [("[12,18]", "[12,99]"), ("[0,9]", "[0,19]"), ("\"usage\"", "\"other\"")] {
            let other = text.replacen(old, new, 1);
            assert_ne!(other, text);
            assert!(Kept::unpacked(other.into_bytes()).is_none(), "{old}");
        }
    }
}
