//! How a request ended, in few words: for the log and for the labels of metrics.

use super::{End, RequestRecord};
use crate::error::Class;

// === impl RequestRecord ===

impl RequestRecord {
    /// The class of the failure that decided the request: of the one that broke its stream, or of its last attempt.
    pub(crate) fn class(&self) -> Option<Class> {
        if self.broken_by.is_some() {
            return self.broken_by;
        }
        let last = self.attempts.records().last()?.failed;
        last.filter(|_| matches!(self.end, End::Failed(..)))
    }

    /// How it ended: `ok`, how its client ended it, the class of the failure that decided it, or else whose fault it was.
    pub(crate) fn outcome(&self) -> &'static str {
        let class = self.class().map(Class::as_str);
        match &self.end {
            End::Complete => "ok",
            End::HungUp => "hung-up",
            End::Untaken(_) => "untaken",
            End::Killed => "killed",
            End::Refused(_) => "shaper",
            End::BrokeOff(_) => class.unwrap_or("gateway"),
            End::Failed(..) => class.unwrap_or(if self.status.is_some_and(|status| status < 500) {
                "client"
            } else {
                "gateway"
            }),
        }
    }

    /// What went wrong, if the client did not get what it asked for: the class of the failure, or the code of the error.
    pub(crate) fn error_type(&self) -> Option<&'static str> {
        match &self.end {
            End::Complete => None,
            _ => Some(
                self.class()
                    .map(Class::as_str)
                    .or(self.error_code)
                    .unwrap_or(self.outcome()),
            ),
        }
    }

    /// Whether the whole answer, or the first content of a stream, took longer than the operator expects.
    pub(crate) fn is_slow(&self) -> bool {
        let answered = self.first_content.map(|first| first.duration_since(self.received));
        let took = answered.unwrap_or_else(|| self.received.elapsed());
        self.slow.is_some_and(|slow| took > slow)
    }

    /// The status with which the upstream of the last attempt told of its failure.
    pub(crate) fn upstream_status(&self) -> Option<u16> {
        self.attempts.records().last()?.status
    }
}

#[cfg(test)]
mod tests {
    use jackfield_dialects::Operation;
    use tokio::time::Instant;

    use super::*;
    use crate::error::{ErrorKind, Failure, GatewayError};

    fn record() -> RequestRecord {
        RequestRecord::new(&"req_1".into(), Operation::Chat, 1, Instant::now())
    }

    fn told(record: &RequestRecord) -> (&str, Option<&str>, Option<u16>) {
        (record.outcome(), record.error_type(), record.upstream_status())
    }

    #[test]
    fn what_the_gateway_refuses_is_its_clients_fault_or_its_own() {
        let mut record = record();
        record.failed(&GatewayError::new(ErrorKind::InvalidModel, "no such model"));
        assert_eq!(told(&record), ("client", Some("INVALID_MODEL"), None));
        let mut record = self::record();
        record.failed(&GatewayError::new(ErrorKind::Overloaded, "busy"));
        assert_eq!(told(&record), ("gateway", Some("OVERLOADED"), None));
    }

    #[test]
    fn the_last_failure_decides_unless_something_answered() {
        let mut record = record();
        record.attempts.begin(&"p".into(), &"m".into(), None);
        let failure = Failure::new(Class::RateLimited, "slow down").with_status(429);
        record.attempts.end(Some(&failure));
        record.failed(&GatewayError::new(ErrorKind::ProviderRateLimited, "later"));
        assert_eq!(told(&record), ("rate-limited", Some("rate-limited"), Some(429)));
        record.attempts.begin(&"q".into(), &"m".into(), None);
        record.attempts.end(None);
        record.end = End::Complete;
        assert_eq!(told(&record), ("ok", None, None));
    }

    #[test]
    fn a_broken_stream_has_the_class_of_what_broke_it() {
        let mut record = record();
        record.attempts.begin(&"p".into(), &"m".into(), None);
        record.end = End::BrokeOff("cut".to_owned());
        assert_eq!(told(&record), ("gateway", Some("gateway"), None));
        record.broken_by = Some(Class::Malformed);
        assert_eq!(told(&record), ("malformed", Some("malformed"), None));
        let mut gone = self::record();
        assert_eq!(told(&gone), ("hung-up", Some("hung-up"), None));
        gone.end = End::Killed;
        assert_eq!(told(&gone).0, "killed");
    }
}
