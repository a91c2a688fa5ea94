//! The engine: the thread on which batches are worked off, beside the workers that serve live requests.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jackfield_dialects::batches::BatchState;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Batches;
use super::desk::{Desk, now};
use super::record::BatchRecord;
use super::seats::Seats;
use super::shared::Shared;
use super::work::{trouble, work};
use crate::request::Gateway;

/// How often what is too old is looked for.
const SWEEP: Duration = Duration::from_mins(1);

/// How often a folder is tried that another process has.
const TAKE: Duration = Duration::from_millis(250);

/// How many batches of a user are worked off at a time; the others wait for their turn.
const OPEN_PER_USER: usize = 2;

/// How long the end of the engine is waited for. Nothing is in flight by then.
const CLOSING: Duration = Duration::from_secs(5);

/// The running engine. Dropping it stops it.
pub(crate) struct Running {
    batches: Arc<Batches>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// Starts the engine over the folder at `dir`.
///
/// # Errors
/// If the folder cannot be used, or there is no thread for it.
pub(crate) fn start(gateway: &Arc<Gateway>, dir: &Path) -> io::Result<Running> {
    let batches = Arc::new(Batches::new());
    let stop = CancellationToken::new();
    match opened(gateway, dir)? {
        Some(desk) => batches.take(desk),
        None => gateway.awaits_batches.store(true, Ordering::Relaxed),
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let shared = Shared {
        gateway: Arc::clone(gateway),
        seats: Seats::default(),
        stop: stop.clone(),
        batches: Arc::clone(&batches),
    };
    let dir = dir.to_owned();
    let thread = thread::Builder::new().name("batches".to_owned());
    let thread = thread.spawn(move || runtime.block_on(run(shared, dir)))?;
    Ok(Running {
        batches,
        stop,
        thread: Some(thread),
    })
}

// === impl Running ===

impl Running {
    /// What the endpoints use.
    pub(crate) fn batches(&self) -> Arc<Batches> {
        Arc::clone(&self.batches)
    }

    /// Stops the engine and waits for it. Call it once requests are drained.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = timeout(CLOSING, spawn_blocking(move || thread.join())).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Works off what there is until the gateway stops, and then leaves the folder to its successor if it has one.
async fn run(shared: Shared, dir: PathBuf) {
    let stop = shared.stop.clone();
    let Some(()) = stop.run_until_cancelled(take(&shared, &dir)).await else {
        return;
    };
    let Some(desk) = shared.batches.present_desk() else {
        return;
    };
    work_off(&shared, &desk).await;
    drop(desk);
    tokio::select! {
        () = shared.gateway.drain.said_goodbye() => shared.batches.leave(),
        () = shared.stop.cancelled() => {}
    }
}

/// Works off what there is until the gateway shuts down.
async fn work_off(shared: &Shared, desk: &Desk) {
    let mut news = shared.news();
    let mut open = HashSet::new();
    let mut running = FuturesUnordered::new();
    let mut ends = std::pin::pin!(async {
        tokio::select! {
            () = shared.gateway.drain.begun() => {}
            () = shared.stop.cancelled() => {}
        }
    });
    loop {
        news.mark_unchanged();
        for batch in next(shared, desk, &open) {
            open.insert(batch.id.clone());
            let id = batch.id.clone();
            running.push(async move {
                if let Err(error) = work(shared, desk, batch).await {
                    trouble(&id, &error).await;
                }
                id
            });
        }
        tokio::select! {
            Some(id) = running.next() => { open.remove(&id); }
            _ = news.changed() => {}
            () = sleep(SWEEP) => sweep(&shared.gateway, desk),
            () = &mut ends => break,
        }
    }
    // Those that are open see the end themselves, once what they have in flight is answered or cut off.
    while running.next().await.is_some() {}
}

/// Waits until the folder is this process's.
async fn take(shared: &Shared, dir: &Path) {
    while shared.batches.awaits_folder() {
        sleep(TAKE).await;
        match opened(&shared.gateway, dir) {
            Ok(Some(desk)) => {
                shared.batches.take(desk);
                shared.gateway.awaits_batches.store(false, Ordering::Relaxed);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(dir = %dir.display(), "the folder of batches cannot be used: {error}"),
        }
    }
}

/// The batches to be opened now: the oldest first, and of each user only so many. Those that are cancelled need no turn.
fn next(shared: &Shared, desk: &Desk, open: &HashSet<String>) -> Vec<BatchRecord> {
    let most = shared.gateway.current.load().config.batches.concurrency;
    let (mut all, mut by_user) = (0, HashMap::<String, usize>::new());
    let live = desk.unfinished();
    for batch in live.iter().filter(|batch| open.contains(&batch.id)) {
        all += 1;
        *by_user.entry(batch.holder.user.clone()).or_default() += 1;
    }
    let mut chosen = Vec::new();
    for batch in live.into_iter().filter(|batch| !open.contains(&batch.id)) {
        let own = by_user.entry(batch.holder.user.clone()).or_default();
        let has_turn = all < most && *own < OPEN_PER_USER;
        if has_turn || batch.state == BatchState::Cancelling || now() >= batch.times.expires {
            all += 1;
            *own += 1;
            chosen.push(batch);
        }
    }
    chosen
}

/// The desk over the folder, without what is too old; `None` while another process has it.
fn opened(gateway: &Gateway, dir: &Path) -> io::Result<Option<Desk>> {
    let desk = Desk::open(dir)?;
    if let Some(desk) = &desk {
        sweep(gateway, desk);
    }
    Ok(desk)
}

fn sweep(gateway: &Gateway, desk: &Desk) {
    let keep_for = gateway.current.load().config.batches.keep_for;
    if let Err(error) = desk.sweep(now(), keep_for) {
        tracing::warn!("old files and batches cannot be deleted: {error}");
    }
}
