//! When to rebuild: on file events, on a slow poll for filesystems without events, or on a manual reload.
//!
//! Only the content counts: a build that would change nothing is skipped. What a rejected build read or missed is watched
//! as well. Parent folders are watched, because editors
//! replace files and Kubernetes swaps the folder they link to. A burst of events leads to a single reading.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jackfield_config::Faults;
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::rebuild::{Reading, rebuild, reject};
use super::stamps::{DatabaseFiles, FileStamp};
use super::turn::{Turn, Waited};
use super::{Builder, Current, plugins};

/// How long the files must be quiet before they are read.
const QUIET: Duration = Duration::from_millis(50);

/// The longest that a steady trickle of events may delay a reading.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often files are checked without an event.
const POLL: Duration = Duration::from_secs(1);

/// How long one reading with its build may take. Compiling a plugin takes seconds.
const LONGEST: Duration = Duration::from_mins(2);

/// The most builds that were given up and still run. More would only take more cores.
const MOST_GIVEN_UP: usize = 4;

/// Asks for a reload, as SIGHUP does. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reload {
    wake: mpsc::Sender<Wake>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    Event,
    Forced,
}

struct Watch {
    builder: Arc<Builder>,
    current: Arc<Current>,
    events: RecommendedWatcher,
    database: DatabaseFiles,
    /// The folders that are watched for events.
    watched: BTreeSet<PathBuf>,
    /// The files and folders to read.
    inputs: BTreeSet<PathBuf>,
    /// The stamps of the files just before they were last read.
    seen: BTreeSet<FileStamp>,
    /// Whether the files must be read again even if their stamps stay: they were fresh, or could not be read for a
    /// reason that may pass.
    doubtful: bool,
    /// The digest of the content last tried, whether accepted or rejected.
    tried: Option<String>,
    /// The builds that took too long and still run.
    given_up: Vec<JoinHandle<Reading>>,
}

/// Starts watching. The returned future performs the reloads and must be spawned; it ends with `stop`.
///
/// # Errors
/// If the system's file notifications are not available.
pub(crate) fn watch(
    builder: Arc<Builder>,
    current: Arc<Current>,
    stop: CancellationToken,
) -> notify::Result<(Reload, impl Future<Output = ()> + Send)> {
    let (wake, wakes) = mpsc::channel(64);
    let sender = wake.clone();
    let database = DatabaseFiles(current.load().config.storage.file());
    let ours = database.clone();
    let events = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading files causes events too. Reacting to our own reads would loop forever.
        let is_nothing = |event: notify::Event| is_reading(event.kind) || ours.include(&event.paths);
        if !event.is_ok_and(is_nothing) {
            // If the channel is full, a wake-up is already pending.
            let _ = sender.try_send(Wake::Event);
        }
    })?;
    let tried = Some(current.load().digest.clone());
    let (watched, inputs, seen) = Default::default();
    let mut watch = Watch {
        builder,
        current,
        events,
        database,
        watched,
        inputs,
        seen,
        doubtful: true,
        tried,
        given_up: Vec::new(),
    };
    watch.follow(BTreeSet::new());
    Ok((Reload { wake }, watch.run(wakes, stop)))
}

/// True for access that does not change a file.
fn is_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

// === impl Reload ===

impl Reload {
    /// Has the files and sources looked at, as after an event.
    pub(crate) fn look(&self) {
        let _ = self.wake.try_send(Wake::Event);
    }

    /// Requests a rebuild, whether or not anything changed.
    pub fn now(&self) {
        let _ = self.wake.try_send(Wake::Forced);
    }
}

// === impl Watch ===

impl Watch {
    async fn run(mut self, mut wakes: mpsc::Receiver<Wake>, stop: CancellationToken) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let forced = tokio::select! {
                () = stop.cancelled() => return,
                wake = wakes.recv() => match wake {
                    Some(wake) => quiet(&mut wakes, wake).await,
                    None => return,
                },
                _ = poll.tick() => false,
            };
            self.reload(forced, &stop).await;
        }
    }

    async fn reload(&mut self, forced: bool, stop: &CancellationToken) {
        self.given_up.retain(|building| !building.is_finished());
        // What was fetched changes no file that is watched.
        self.doubtful |= self.builder.supply.take_news();
        let (stamps, now) = (self.stamps(), SystemTime::now());
        if !forced && !self.doubtful && stamps == self.seen {
            return;
        }
        if self.given_up.len() >= MOST_GIVEN_UP {
            return;
        }
        let (builder, current) = (Arc::clone(&self.builder), Arc::clone(&self.current));
        let (tried, turn) = (self.tried.clone(), Arc::new(Turn::default()));
        let own = Arc::clone(&turn);
        let reading = move || rebuild(&builder, &current, tried.as_deref(), forced, &own);
        let mut building = tokio::task::spawn_blocking(reading);
        let reading = match turn.wait(&mut building, LONGEST, stop).await {
            Waited::Built(Ok(reading)) => reading,
            // The log has the panic.
            Waited::Built(Err(_)) | Waited::Stopped => return,
            Waited::GivenUp => return self.give_up(building, stamps),
        };
        self.tried = Some(reading.digest);
        self.doubtful = reading.disturbed || stamps.iter().any(|stamp| stamp.is_fresh(now));
        self.follow(reading.inputs);
        // Keep the stamps from before the reading. Files that changed meanwhile, or that the reading discovered, then
        // differ at the next event or poll, and are read again.
        self.seen = stamps;
    }

    /// Goes on without a build. The next change of the files begins another.
    fn give_up(&mut self, building: JoinHandle<Reading>, stamps: BTreeSet<FileStamp>) {
        let problem = format!("a change took longer than {LONGEST:?} to build and was given up");
        let remedy = "take out the plugin or the setting that was changed last";
        let place = &self.builder.config_path;
        reject(&self.current, Faults(vec![plugins::fault(place, problem, remedy)]));
        self.given_up.push(building);
        (self.seen, self.doubtful) = (stamps, false);
    }

    /// Watches `inputs` and their parent folders. Earlier inputs stay watched, because they may come back.
    fn follow(&mut self, inputs: BTreeSet<PathBuf>) {
        self.inputs.extend(inputs);
        self.inputs.insert(self.builder.config_path.clone());
        let folders = self.inputs.iter().flat_map(|input| {
            let itself = input.is_dir().then(|| input.clone());
            itself.into_iter().chain(parent(input))
        });
        let new: Vec<PathBuf> = folders.filter(|folder| !self.watched.contains(folder)).collect();
        for folder in new {
            if self.events.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(folder);
            }
        }
    }

    fn stamps(&self) -> BTreeSet<FileStamp> {
        let entries = |folder: &PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        let within = self
            .inputs
            .iter()
            .flat_map(entries)
            .map(|entry| entry.path())
            .filter(|path| !self.database.is(path))
            .map(|path| FileStamp::of(&path));
        self.inputs
            .iter()
            .map(|input| FileStamp::of(input))
            .chain(within)
            .collect()
    }
}

fn parent(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        parent.to_owned()
    })
}

/// Waits until the events pause. Returns true if one of them forces a reload.
async fn quiet(wakes: &mut mpsc::Receiver<Wake>, first: Wake) -> bool {
    let (mut forced, begun) = (first == Wake::Forced, Instant::now());
    loop {
        let until = (Instant::now() + QUIET).min(begun + PATIENCE);
        tokio::select! {
            wake = wakes.recv() => match wake {
                Some(wake) if Instant::now() < begun + PATIENCE => forced |= wake == Wake::Forced,
                _ => return forced,
            },
            () = sleep_until(until) => return forced,
        }
    }
}

#[cfg(test)]
mod tests;
