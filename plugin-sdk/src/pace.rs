//! How often an upstream is asked whether its job is done, and with what pauses.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Exchange, Failure, Reply};

/// The pace of polling, as a part of an adapter's settings: pauses that grow by half, up to a longest one, and an end.
///
/// ```
/// use std::time::Duration;
/// use jackfield_plugin_sdk::Pace;
///
/// let pace = Pace { first_ms: 500, longest_ms: 1_000, most: 4 };
/// let pauses: Vec<u64> = (0..5).map_while(|polls| pace.pause(polls)).map(|it| it.as_millis() as u64).collect();
/// assert_eq!(pauses, [500, 750, 1_000, 1_000]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// The first pause in milliseconds. Default: 500.
    #[schemars(range(min = 1))]
    pub first_ms: u64,
    /// The longest pause in milliseconds. Default: 5000.
    #[schemars(range(min = 1))]
    pub longest_ms: u64,
    /// The most polls of one job; the gateway makes at most 100 exchanges for one attempt. Default: 90.
    #[schemars(range(min = 1, max = 95))]
    pub most: u32,
}

// === impl Pace ===

impl Pace {
    /// The pause before the next poll, after this many; `None` if there were enough.
    pub fn pause(&self, polls: u32) -> Option<Duration> {
        if polls >= self.most {
            return None;
        }
        let mut pause = self.first_ms;
        for _ in 0..polls {
            if pause >= self.longest_ms {
                break;
            }
            pause = pause.saturating_add(pause.div_ceil(2));
        }
        Some(Duration::from_millis(pause.min(self.longest_ms)))
    }

    /// The next poll, after this many.
    ///
    /// # Errors
    /// Of class timeout, if there were enough.
    pub fn poll(&self, exchange: Exchange, polls: u32) -> Result<Exchange, Failure> {
        match self.pause(polls) {
            Some(pause) => Ok(exchange.delay(pause)),
            None => Err(Failure::timeout(format!("the job was not done after {polls} polls"))),
        }
    }

    /// Whether the answer to a poll says only that the upstream could not be asked right now. The job goes on, and was
    /// paid for, so ask again.
    pub fn is_hiccup(reply: &Reply) -> bool {
        matches!(reply.status, 408 | 429 | 500..=599)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_ms: 500,
            longest_ms: 5_000,
            most: 90,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureClass;

    #[test]
    fn a_job_is_polled_for_minutes_and_not_for_ever() {
        let pace = Pace::default();
        let pauses: Vec<Duration> = (0..).map_while(|polls| pace.pause(polls)).collect();
        assert_eq!(pauses.len(), 90);
        let whole: Duration = pauses.iter().sum();
        assert!(whole > Duration::from_mins(5), "{whole:?}");
        let failure = pace.poll(Exchange::get("/job"), 90).unwrap_err();
        assert_eq!(failure.class, FailureClass::Timeout);
    }

    #[test]
    fn a_longest_pause_below_the_first_counts() {
        let pace = Pace {
            first_ms: 500,
            longest_ms: 200,
            most: 2,
        };
        assert_eq!(pace.pause(0), Some(Duration::from_millis(200)));
    }

    #[test]
    fn only_what_passes_is_a_hiccup() {
        let reply = |status| Reply {
            status,
            ..Reply::default()
        };
        for (status, expected) in [(200, false), (404, false), (422, false), (429, true), (502, true)] {
            assert_eq!(Pace::is_hiccup(&reply(status)), expected, "{status}");
        }
    }
}
