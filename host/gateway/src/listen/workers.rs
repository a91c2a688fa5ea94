//! One single-threaded runtime per core. A connection stays on its worker, and so do the upstream connections that its
//! requests open: no in-flight request moves between cores.

use std::future::Future;
use std::io;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jackfield_sandbox::lower_priority;
use tokio::runtime;
use tokio::sync::mpsc;
use tokio::time::interval;
use tokio_util::task::TaskTracker;

use crate::fairness::give_turns;

/// How often an idle worker wakes. Every request sets timers, and setting one that is due before all others costs the
/// runtime a system call to wake itself. This timer is always due earlier, so requests do without the call.
const PULSE: Duration = Duration::from_secs(1);

/// After how many polls of tasks a worker looks for news from its sockets. While busy streams always have something to do,
/// this alone decides how long everyone else waits to be heard.
const LOOK_EVERY: u32 = 8;

/// Builds a task on the worker that runs it, because a socket belongs to the runtime it was created on.
type Job = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The workers. Dropping them ends whatever still runs on them.
#[derive(Debug)]
pub(super) struct Workers {
    workers: Vec<Worker>,
    next: AtomicUsize,
}

#[derive(Debug)]
struct Worker {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// The number of workers: one per core that this process may use.
#[must_use]
pub(crate) fn worker_count() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

// === impl Workers ===

impl Workers {
    /// Starts one worker per core that this process may use.
    pub(super) fn start() -> io::Result<Self> {
        let workers = (0..worker_count().get())
            .map(Worker::start)
            .collect::<io::Result<_>>()?;
        Ok(Self {
            workers,
            next: AtomicUsize::new(0),
        })
    }

    /// Runs the future that `job` returns on the next worker, round-robin.
    pub(super) fn run<F: Future<Output = ()> + Send + 'static>(&self, job: impl FnOnce() -> F + Send + 'static) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.workers.len();
        if let Some(jobs) = &self.workers[turn].jobs {
            // Fails only once the worker has ended, which `self` outlives.
            let _ = jobs.send(Box::new(move || Box::pin(job())));
        }
    }
}

// === impl Worker ===

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .event_interval(LOOK_EVERY)
            // Only those beside the worker: large bodies, files and whatever else takes long.
            .on_thread_start(lower_priority)
            .build()?;
        let (jobs, mut incoming) = mpsc::unbounded_channel::<Job>();
        let thread = thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
            runtime.block_on(async {
                let tasks = TaskTracker::new();
                tasks.spawn(give_turns());
                let mut pulse = interval(PULSE);
                loop {
                    tokio::select! {
                        job = incoming.recv() => match job {
                            Some(job) => drop(tasks.spawn(job())),
                            None => return,
                        },
                        _ = pulse.tick() => {}
                    }
                }
            });
        })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
