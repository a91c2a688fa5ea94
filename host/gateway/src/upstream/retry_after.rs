//! How long an upstream asks us to wait, in any of the forms that are in use.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};

/// The same in milliseconds, as several vendors send it beside the standard's seconds.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// Nobody waits for longer than a day; whoever is still refused then is told again.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// The wait that these headers of a reply ask for: `retry-after-ms`, or `retry-after` (RFC 9110, section 10.2.3) in
/// seconds or as a date. Fractions are read too, because many servers send them. `None` if they ask for nothing, for no
/// wait at all, or for nonsense.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text(RETRY_AFTER_MS).and_then(|value| seconds(value, 1_000.0));
    let wait = milliseconds.or_else(|| {
        let value = text(header::RETRY_AFTER)?;
        seconds(value, 1.0).or_else(|| until(value, headers, now))
    })?;
    (!wait.is_zero()).then_some(wait.min(LONGEST))
}

/// A number of units, of which `unit` make a second.
fn seconds(value: &str, unit: f64) -> Option<Duration> {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = value.parse().ok().filter(|_| is_number)?;
    Some(Duration::try_from_secs_f64(number / unit).unwrap_or(LONGEST))
}

/// The time until a date, in any of the three forms of RFC 9110, section 5.6.7. It is counted from the reply's own date
/// if there is one, so that clocks may differ.
fn until(value: &str, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let date = httpdate::parse_http_date(value).ok()?;
    let sent = headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let sent = sent.and_then(|date| httpdate::parse_http_date(date).ok());
    date.duration_since(sent.unwrap_or(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the standard's example.
    const NOW: u64 = 784_111_777;

    fn wait(headers: &[(&str, &str)]) -> Option<f64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let headers: HeaderMap = headers.collect();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        retry_after(&headers, now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_form_in_use_is_read() {
        for (value, expected) in [
            ("3", 3.0),
            (" 120 ", 120.0),
            ("2.6", 2.6),
            ("Sun, 06 Nov 1994 08:49:41 GMT", 4.0),
            ("Sunday, 06-Nov-94 08:49:41 GMT", 4.0),
            ("Sun Nov  6 08:49:41 1994", 4.0),
        ] {
            assert_eq!(wait(&[("Retry-After", value)]), Some(expected), "{value}");
        }
        assert_eq!(wait(&[("retry-after-ms", "250"), ("retry-after", "1")]), Some(0.25));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "1")]), Some(1.0));
    }

    #[test]
    fn nonsense_asks_for_nothing_and_nobody_waits_for_more_than_a_day() {
        for value in [
            "",
            "soon",
            "-1",
            "0",
            "1e3",
            "NaN",
            "inf",
            "1;2",
            "Sun, 06 Nov 1994 08:49:30 GMT",
            "Sun, 99 Nov 1994",
        ] {
            assert_eq!(wait(&[("retry-after", value)]), None, "{value}");
        }
        for value in ["99999999999999999999", "86401", "Sun, 06 Nov 2044 08:49:37 GMT"] {
            assert_eq!(wait(&[("retry-after", value)]), Some(86_400.0), "{value}");
        }
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn a_date_is_counted_from_the_upstreams_own_clock() {
        let late = [
            ("date", "Sun, 06 Nov 1994 09:00:00 GMT"),
            ("retry-after", "Sun, 06 Nov 1994 09:00:05 GMT"),
        ];
        assert_eq!(wait(&late), Some(5.0));
    }
}
