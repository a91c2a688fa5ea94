//! The load generator of the tail: requests begin when the clock says so, whether or not earlier ones have ended.
//!
//! A client that waits for a reply before it sends the next request sends fewest when the server is slowest, and so hardly
//! sees the worst (coordinated omission). Here, a latency counts from the instant at which its request was to begin.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::alarm::Alarm;
use super::connection::ConnectionError;
use super::lines::{Form, Line, Lines};
use super::load::LoadError;

/// A request that begins later than this after its instant counts as late.
const LATE: Duration = Duration::from_millis(1);

/// How long replies may take after the last request.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every row gets the same arrivals.
const SEED: u64 = 7;

/// The instants at which requests are to begin, from the start on.
///
/// They are random (a Poisson process), because independent clients are: evenly spaced requests never meet each other
/// and would hide all queues. The seed is fixed, so all rows get the same ones.
#[derive(Clone, Debug)]
pub(super) struct Arrivals(Vec<Duration>);

/// What the requests saw.
#[derive(Debug)]
pub(super) struct Seen {
    /// How long each took from the instant at which it was to begin, shortest first.
    latencies: Vec<Duration>,
    /// How many began more than [`LATE`] after that: the generator could not keep its rate.
    late: usize,
}

/// One request that has ended.
struct Ended {
    line: Line,
    latency: Duration,
    late: bool,
}

/// Sends a request at each of the arrivals, and waits for all replies.
///
/// # Errors
/// If any reply is missing or wrong.
pub(super) async fn fire(
    (mut lines, first): (Lines, Vec<Line>),
    form: &Form,
    arrivals: &Arrivals,
) -> Result<Seen, LoadError> {
    let alarm = Alarm::new().map_err(ConnectionError::from)?;
    let (mut free, mut waiting) = (VecDeque::from(first), VecDeque::new());
    let mut seen = Seen {
        latencies: Vec::with_capacity(arrivals.0.len()),
        late: 0,
    };
    let mut under_way = FuturesUnordered::new();
    let start = Instant::now();
    let mut coming = arrivals.0.iter().map(|arrival| start + *arrival).peekable();
    let end = start + arrivals.0.last().copied().unwrap_or_default() + PATIENCE;
    while let Some(due) = coming
        .peek()
        .copied()
        .or_else(|| (seen.count() < arrivals.0.len()).then_some(end))
    {
        tokio::select! {
            // Requests first: what has ended can wait, its time is taken already.
            biased;
            rung = alarm.wait(due) => {
                rung.map_err(ConnectionError::from)?;
                waiting.push_back(coming.next().ok_or(LoadError::Stuck)?);
            }
            Some(ended) = under_way.next() => {
                let Ended { line, latency, late } = ended?;
                seen.latencies.push(latency);
                seen.late += usize::from(late);
                free.push_back(line);
            }
        }
        while let Some(due) = waiting.pop_front() {
            let another = || lines.take_another().map(Place::New);
            let Some(place) = free.pop_front().map(Place::Free).or_else(another) else {
                waiting.push_front(due);
                break;
            };
            under_way.push(place.exchange(form, due));
        }
    }
    seen.latencies.sort_unstable();
    Ok(seen)
}

/// Where a request goes.
enum Place {
    /// A line that carries nothing.
    Free(Line),
    /// One that is opened for it.
    New(SocketAddr),
}

// === impl Place ===

impl Place {
    async fn exchange(self, form: &Form, due: Instant) -> Result<Ended, LoadError> {
        let late = due.elapsed() > LATE;
        let mut line = match self {
            Self::Free(line) => line,
            Self::New(address) => Line::connect(address).await?,
        };
        line.exchange(form).await?;
        Ok(Ended {
            line,
            latency: due.elapsed(),
            late,
        })
    }
}

// === impl Arrivals ===

impl Arrivals {
    /// So many a second on average, for so long.
    pub(super) fn new(per_second: f64, time: Duration) -> Self {
        let mut random = Rng::with_seed(SEED);
        let mut arrivals = Vec::new();
        let mut at = 0.0;
        loop {
            // Between two events of a Poisson process lies an exponentially distributed time.
            at -= (1.0 - random.f64()).ln() / per_second;
            if at >= time.as_secs_f64() {
                return Self(arrivals);
            }
            arrivals.push(Duration::from_secs_f64(at));
        }
    }
}

// === impl Seen ===

impl Seen {
    /// How many requests there were.
    pub(super) fn count(&self) -> usize {
        self.latencies.len()
    }

    /// The latency that so many of 1,000 requests did not exceed, in milliseconds; `None` if there was none.
    pub(super) fn per_mille(&self, per_mille: usize) -> Option<f64> {
        let place = (self.latencies.len() * per_mille).div_ceil(1000).checked_sub(1)?;
        Some(self.latencies.get(place)?.as_secs_f64() * 1000.0)
    }

    /// The share of requests that began late, in percent.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer requests than 2^52")]
    pub(super) fn late_percent(&self) -> f64 {
        100.0 * self.late as f64 / self.count().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::net::TcpListener;

    use super::super::lines::Protocol;
    use super::super::requests::Ask;
    use super::super::upstream;
    use super::*;

    #[test]
    fn arrivals_are_the_same_each_time_and_as_many_as_wanted() {
        let arrivals = Arrivals::new(1000.0, Duration::from_secs(10));
        assert_eq!(arrivals.0, Arrivals::new(1000.0, Duration::from_secs(10)).0);
        assert!((9_500..10_500).contains(&arrivals.0.len()));
        assert!(arrivals.0.is_sorted());
        let gaps = arrivals.0.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        let short = gaps.filter(|gap| *gap < Duration::from_micros(100)).count();
        // A tenth of the mean: 1 - exp(-0.1) of all.
        assert!((700..1_200).contains(&short), "{short}");
    }

    #[test]
    fn percentiles_are_latencies_that_were_seen() {
        let latencies = (1..=2000).map(Duration::from_millis).collect();
        let seen = Seen { latencies, late: 20 };
        assert_eq!(seen.per_mille(500), Some(1000.0));
        assert_eq!(seen.per_mille(999), Some(1998.0));
        assert_eq!(seen.per_mille(1000), Some(2000.0));
        assert!((seen.late_percent() - 1.0).abs() < 1e-9);
        let none = Seen {
            latencies: Vec::new(),
            late: 0,
        };
        assert_eq!(none.per_mille(500), None);
    }

    #[tokio::test]
    async fn each_arrival_gets_its_reply() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrivals = Arrivals::new(500.0, Duration::from_millis(200));
        let form = Form::new(Ask::Short, address, "upstream");
        let fired = async {
            let lines = Lines::open(address, Protocol::Http1).await.unwrap();
            fire(lines, &form, &arrivals).await
        };
        let seen = tokio::select! {
            seen = fired => seen.unwrap(),
            served = upstream::serve(listener) => unreachable!("{served:?}"),
        };
        assert_eq!(seen.count(), arrivals.0.len());
    }

    #[tokio::test]
    async fn a_latency_counts_from_the_instant_at_which_its_request_was_to_begin() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrivals = Arrivals(vec![Duration::ZERO, Duration::from_millis(1)]);
        let form = Form::new(Ask::Short, address, "upstream");
        let fired = async {
            let lines = Lines::open(address, Protocol::Http1).await.unwrap();
            // The generator is held up, as by a machine that has something else to do.
            let mut fired = Box::pin(fire(lines, &form, &arrivals));
            assert!((&mut fired).now_or_never().is_none());
            std::thread::sleep(Duration::from_millis(50));
            fired.await
        };
        let seen = tokio::select! {
            seen = fired => seen.unwrap(),
            served = upstream::serve(listener) => unreachable!("{served:?}"),
        };
        assert!(seen.per_mille(1000) >= Some(49.0), "{seen:?}");
        assert_eq!(seen.late, 1);
    }
}
