//! Where a plugin's calls run: fast ones on the request's thread, slow ones on threads of their own while the request
//! waits.
//!
//! A call on the request's thread stops everyone whom that thread serves. For some microseconds nobody notices; a call
//! that takes longer than about 0.4 ms belongs elsewhere. Which plugins are slow is [`measure`]d. Their calls wait
//! in a [`queue`] that is fair to plugins and to users, and run on a few [`threads`] of low priority.

mod measure;
mod queue;
mod threads;

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::tally::Calls;

use self::measure::Measure;
use self::queue::Work;
pub(crate) use self::threads::Threads;
pub use self::threads::lower_priority;

/// How many paces are remembered of plugins that are not loaded.
const REMEMBERED: usize = 256;

/// The pace of one plugin, and the way to call it. Shared by everything that was loaded from the same content.
pub struct Pace {
    /// The plugin's name, for the log.
    plugin: Box<str>,
    /// Tells plugins apart in the queue.
    number: u64,
    measure: Measure,
    calls: Calls,
    threads: Arc<Threads>,
}

/// The paces by the hash of the plugin's file.
#[derive(Default)]
pub(crate) struct Paces {
    by_hash: Mutex<BTreeMap<String, Arc<Pace>>>,
}

/// Whose turn it is to call a slow plugin, and whether that may be refused.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    user: Option<&'a str>,
    first: bool,
}

/// How a plugin stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceReport {
    /// Whether its calls run on threads of their own.
    pub slow: bool,
    /// How long a call takes on average.
    pub mean: Duration,
    /// How many calls wait for a thread.
    pub waiting: usize,
    /// How many calls there were.
    pub calls: u64,
    /// How long all of them took together.
    pub took: Duration,
}

/// A call that has been made, or that waits for a thread. Dropping it abandons the call: it is not begun, or, if it runs,
/// its result is thrown away.
#[must_use = "a call of a slow plugin has not run yet"]
pub struct Paced<T>(Stage<T>);

enum Stage<T> {
    Here(Option<Done<T>>),
    Away(oneshot::Receiver<Result<Done<T>, PaceError>>),
}

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done<T> {
    /// What it returned.
    pub value: T,
    /// How long it ran, without the wait for its turn.
    pub took: Duration,
}

/// Why a call was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaceError {
    /// Too many calls wait already.
    #[error("too many calls of slow plugins wait; try again in {0:?}")]
    Full(Duration),
    /// The host's thread panicked.
    #[error("the call was lost, because the host's thread panicked")]
    Lost,
}

/// A call on its way to a thread.
struct Call<T, W> {
    pace: Arc<Pace>,
    work: W,
    refusable: bool,
    answer: oneshot::Sender<Result<Done<T>, PaceError>>,
}

// === impl Pace ===

impl Pace {
    pub(crate) fn new(plugin: &str, threads: &Arc<Threads>, uses_wasi: bool) -> Arc<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self {
            plugin: plugin.into(),
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            measure: if uses_wasi {
                Measure::always_slow()
            } else {
                Measure::default()
            },
            calls: Calls::default(),
            threads: Arc::clone(threads),
        })
    }

    /// Makes one call of the plugin where its pace says: a fast one at once by `here`; a slow one on another thread, by
    /// what `away` returns, when it is its `turn`. Everything that runs a plugin for a request goes through this.
    ///
    /// `here` and `away` are the same call, once with what the caller borrows and once with what it owns.
    pub fn run<T, W>(self: &Arc<Self>, turn: Turn<'_>, here: impl FnOnce() -> T, away: impl FnOnce() -> W) -> Paced<T>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        if !self.measure.is_slow() {
            let cpu = self.measure.is_suspect().then(threads::cpu_time);
            let began = Instant::now();
            let value = here();
            let took = began.elapsed();
            self.calls.ran(took);
            let on_core = cpu.map(|cpu| threads::cpu_time().saturating_sub(cpu));
            if self
                .measure
                .ran_here(on_core.unwrap_or_else(|| Measure::unverified(took)))
            {
                self.tell_slow();
            }
            return Paced(Stage::Here(Some(Done { value, took })));
        }
        let (answer, result) = oneshot::channel();
        let call = Call {
            pace: Arc::clone(self),
            work: away(),
            refusable: turn.first,
            answer,
        };
        self.threads
            .push((self.number, turn.owner()), self.measure.mean(), Box::new(call));
        Paced(Stage::Away(result))
    }

    fn tell_slow(&self) {
        tracing::info!(
            plugin = &*self.plugin,
            call_ms = self.measure.mean().as_secs_f64() * 1000.0,
            "the plugin is slow: its calls run on threads of their own from now on"
        );
    }

    fn tell_fast(&self) {
        tracing::info!(
            plugin = &*self.plugin,
            "the plugin is fast again: its calls run on the requests' threads from now on"
        );
    }

    /// How the plugin stands.
    #[must_use]
    pub fn report(&self) -> PaceReport {
        let (calls, took) = self.calls.total();
        PaceReport {
            calls,
            took,
            slow: self.measure.is_slow(),
            mean: self.measure.mean(),
            waiting: self.threads.waiting(self.number),
        }
    }
}

// === impl Turn ===

impl<'a> Turn<'a> {
    /// The first call for a request of `user`. It is refused if too many of them wait.
    #[must_use]
    pub fn first(user: Option<&'a str>) -> Self {
        Self { user, first: true }
    }

    /// A later call for a request of `user`. It is never refused: what an upstream has answered is paid for, and the limit
    /// on first calls is one on those that follow.
    #[must_use]
    pub fn later(user: Option<&'a str>) -> Self {
        Self { user, first: false }
    }

    fn owner(self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.user.hash(&mut hasher);
        hasher.finish()
    }
}

// === impl Paces ===

impl Paces {
    /// The pace of the plugin with this hash: the same for the same content, however often it is loaded.
    pub(crate) fn of(&self, plugin: &str, sha256: &str, threads: &Arc<Threads>, uses_wasi: bool) -> Arc<Pace> {
        let mut known = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pace) = known.get(sha256) {
            return Arc::clone(pace);
        }
        if known.len() >= REMEMBERED {
            known.retain(|_, pace| Arc::strong_count(pace) > 1);
        }
        let pace = Pace::new(plugin, threads, uses_wasi);
        known.insert(sha256.to_owned(), Arc::clone(&pace));
        pace
    }
}

// === impl Paced ===

impl<T> Future for Paced<T> {
    type Output = Result<Done<T>, PaceError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Stage::Here(done) => Poll::Ready(done.take().ok_or(PaceError::Lost)),
            Stage::Away(result) => Pin::new(result)
                .poll(context)
                .map(|answer| answer.unwrap_or(Err(PaceError::Lost))),
        }
    }
}

impl<T> Unpin for Paced<T> {}

impl<T> fmt::Debug for Paced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Stage::Here(_) => "Paced(here)",
            Stage::Away(_) => "Paced(away)",
        })
    }
}

// === impl Call ===

impl<T: Send, W: FnOnce() -> T + Send> Work for Call<T, W> {
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn is_refusable(&self) -> bool {
        self.refusable
    }

    fn run(self: Box<Self>) {
        let Self { pace, work, answer, .. } = *self;
        let (began, cpu) = (Instant::now(), threads::cpu_time());
        let value = work();
        let took = began.elapsed();
        pace.calls.ran(took);
        // The thread has a low priority, so what it waited for a core says nothing about the plugin.
        if pace.measure.ran_away(threads::cpu_time().saturating_sub(cpu)) {
            pace.tell_fast();
        }
        // Whoever asked may have gone.
        let _ = answer.send(Ok(Done { value, took }));
    }

    fn refuse(self: Box<Self>, retry_after: Duration) {
        let _ = self.answer.send(Err(PaceError::Full(retry_after)));
    }
}

#[cfg(test)]
mod tests;
