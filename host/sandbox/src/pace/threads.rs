//! The threads on which slow plugins run: few, of low priority, started when they are first needed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::queue::{Owner, Queue, Work};

/// The priority of these threads among all (`nice`): the workers, which serve everyone, get a core first.
const NICE: i32 = 10;

/// The longest that anyone is asked to wait before a retry.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A bounded set of threads, and the calls that wait for them. The threads end when this is dropped.
pub(crate) struct Threads {
    most: usize,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    queue: Queue,
    started: usize,
    idle: usize,
    over: bool,
}

// === impl Threads ===

impl Threads {
    /// Up to this many threads.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            shared: Arc::default(),
        })
    }

    /// Half of the cores: the other half is left to the workers in any case.
    pub(crate) fn for_this_machine() -> Arc<Self> {
        Self::new(thread::available_parallelism().map_or(1, |cores| cores.get() / 2))
    }

    /// Lets a call wait that will take about `cost`. It is refused, or another is, if too many wait.
    pub(super) fn push(&self, owner: Owner, cost: Duration, job: Box<dyn Work>) {
        let mut state = self.shared.lock();
        let refused = state.queue.push(owner, cost, job);
        if state.idle < state.queue.len() && state.started < self.most && self.start() {
            state.started += 1;
        }
        let waiting = state.queue.waiting(owner.0);
        drop(state);
        self.shared.wake.notify_one();
        if let Some(refused) = refused {
            let wait = cost.saturating_mul(u32::try_from(waiting / self.most).unwrap_or(u32::MAX));
            refused.refuse(wait.clamp(Duration::from_secs(1), LONGEST_WAIT));
        }
    }

    /// How many calls of this plugin wait.
    pub(super) fn waiting(&self, plugin: u64) -> usize {
        self.shared.lock().queue.waiting(plugin)
    }

    /// Starts one more thread. If the machine has none left, those that there are do the work.
    fn start(&self) -> bool {
        let shared = Arc::clone(&self.shared);
        let named = thread::Builder::new().name("slow-plugins".to_owned());
        let started = named.spawn(move || shared.work());
        started
            .inspect_err(|error| tracing::warn!(%error, "cannot start a thread for slow plugins"))
            .is_ok()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.wake.notify_all();
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No call runs while it is held, so nothing half done can be seen.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        lower_priority();
        while let Some(job) = self.next() {
            // Dropping the call tells whoever waits that it was lost; the panic itself is in the log.
            let _ = catch_unwind(AssertUnwindSafe(|| job.run()));
        }
    }

    /// Waits for the next call; `None` when it is over.
    fn next(&self) -> Option<Box<dyn Work>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            if state.over {
                return None;
            }
            state.idle += 1;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }
}

/// Lowers the priority of this thread, which does what takes long: the workers get a core first. On Linux that of a thread is its own; elsewhere it would be the whole process's.
pub fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "cannot lower the priority of a thread");
    }
}

/// The time that this thread has had on a core.
pub(super) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanoseconds.unwrap_or(0))
}
