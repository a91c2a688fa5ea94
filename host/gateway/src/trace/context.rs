//! The headers of W3C's Trace Context (<https://www.w3.org/TR/trace-context/>).

use http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The most bytes of `tracestate` that are passed on (section 3.3.1.5: at least 512).
const MAX_STATE: usize = 512;

/// The flag of a trace that is recorded (section 3.2.2.5.1).
const SAMPLED: u8 = 1;

/// The span of another program that caused a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parent {
    /// The trace's id.
    pub(crate) trace_id: [u8; 16],
    /// The span's id.
    pub(crate) span_id: [u8; 8],
    /// Whether the other program records the trace.
    pub(crate) sampled: bool,
    /// What vendors say of the trace; empty for nothing.
    pub(crate) state: String,
}

// === impl Parent ===

impl Parent {
    /// The parent that a request names; `None` if it names none, several, or something that is none.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut named = headers.get_all(TRACEPARENT).iter();
        let (Some(named), None) = (named.next(), named.next()) else {
            return None;
        };
        let mut parts = named.to_str().ok()?.split('-');
        let [version] = hex::<1>(parts.next()?)?;
        let (trace_id, span_id) = (hex::<16>(parts.next()?)?, hex::<8>(parts.next()?)?);
        let [flags] = hex::<1>(parts.next()?)?;
        // A later version may have more parts.
        let known = version != 0xff && (version > 0 || parts.next().is_none());
        let named = trace_id != [0; 16] && span_id != [0; 8];
        (known && named).then(|| Self {
            trace_id,
            span_id,
            sampled: flags & SAMPLED != 0,
            state: state(headers),
        })
    }
}

/// The id of a new trace; never all zero.
pub(crate) fn new_trace_id() -> [u8; 16] {
    fastrand::u128(1..).to_be_bytes()
}

/// The id of a new span; never all zero.
pub(crate) fn new_span_id() -> [u8; 8] {
    fastrand::u64(1..).to_be_bytes()
}

/// The vendors' words; none if they are too long or no text.
fn state(headers: &HeaderMap) -> String {
    let parts: Option<Vec<&str>> = headers
        .get_all(TRACESTATE)
        .iter()
        .map(|part| part.to_str().ok())
        .collect();
    let state = parts.unwrap_or_default().join(",");
    if state.len() > MAX_STATE { String::new() } else { state }
}

/// Bytes in lower-case hexadecimal digits, exactly so many.
fn hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let mut bytes = [0; N];
    let valid = digits.bytes().all(lower) && hex::decode_to_slice(digits, &mut bytes).is_ok();
    valid.then_some(bytes)
}

/// Whether the headers name a span.
pub(super) fn has(headers: &HeaderMap) -> bool {
    headers.contains_key(TRACEPARENT)
}

/// Writes the headers that name this span, in place of others.
pub(super) fn write(headers: &mut HeaderMap, trace_id: &[u8; 16], span_id: [u8; 8], sampled: bool, state: &str) {
    let mut named = *b"00-................................-................-00";
    // Both have as much room as they need.
    let _ = hex::encode_to_slice(trace_id, &mut named[3..35]);
    let _ = hex::encode_to_slice(span_id, &mut named[36..52]);
    named[54] += u8::from(sampled);
    if let Ok(named) = HeaderValue::from_bytes(&named) {
        headers.insert(TRACEPARENT, named);
        headers.remove(TRACESTATE);
    }
    if let (Ok(state), false) = (HeaderValue::from_str(state), state.is_empty()) {
        headers.insert(TRACESTATE, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(named: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in named {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn what_is_read_is_written_alike() {
        let read = Parent::read(&headers(&[
            ("traceparent", GOOD),
            ("tracestate", "a=1"),
            ("tracestate", "b=2"),
        ]));
        let parent = read.unwrap();
        assert!(parent.sampled);
        assert_eq!(parent.state, "a=1,b=2");
        let mut written = headers(&[("traceparent", "old"), ("tracestate", "old")]);
        write(&mut written, &parent.trace_id, parent.span_id, true, &parent.state);
        let text = |name: &str| written[name].to_str().unwrap().to_owned();
        assert_eq!(
            (text("traceparent").as_str(), text("tracestate").as_str()),
            (GOOD, "a=1,b=2")
        );
        write(&mut written, &parent.trace_id, parent.span_id, false, "");
        assert!(written["traceparent"].to_str().unwrap().ends_with("-00"));
        assert!(!written.contains_key("tracestate"));
    }

    #[test]
    fn what_is_no_parent_is_ignored() {
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Parent::read(&headers(&[("traceparent", bad)])), None, "{bad}");
        }
        assert_eq!(
            Parent::read(&headers(&[("traceparent", GOOD), ("traceparent", GOOD)])),
            None
        );
        let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more";
        assert!(!Parent::read(&headers(&[("traceparent", later)])).unwrap().sampled);
        let long = "a".repeat(600);
        let long = headers(&[("traceparent", GOOD), ("tracestate", &long)]);
        assert_eq!(Parent::read(&long).unwrap().state, "");
    }
}
