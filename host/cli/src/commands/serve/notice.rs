//! What the service manager is told of the gateway's state (`sd_notify`). Without one, nothing is.

use std::net::SocketAddr;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::interval;

/// It serves.
pub(super) fn ready(address: SocketAddr) {
    let status = status(address, None);
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// It reads its files again; [`reloaded`] follows.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "the service manager is not told of a reload"),
    }
}

/// It has read its files, whether or not they came into force.
pub(super) fn reloaded() {
    tell(&[NotifyState::Ready]);
}

/// Tells after each change of the files whether it came into force, which `rejection` says. Returns once there can be no more.
pub(super) async fn follow(
    mut changes: watch::Receiver<u64>,
    address: SocketAddr,
    rejection: impl Fn() -> Option<String>,
) {
    while changes.changed().await.is_ok() {
        tell(&[NotifyState::Status(&status(address, rejection()))]);
    }
}

/// One line, as a status has to be.
fn status(address: SocketAddr, rejection: Option<String>) -> String {
    let serving = format!("serving on {address}");
    match rejection {
        None => serving,
        Some(fault) => format!("{serving}; the last change was rejected: {}", fault.replace('\n', " ")),
    }
}

/// It takes no more requests.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("draining")]);
}

/// Shows that this runtime, which accepts connections, is alive, as often as the service manager asks for it. Never
/// returns if it does.
pub(super) async fn stay_alive() {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    // Half of it, as sd_watchdog_enabled(3) recommends.
    let mut beat = interval((limit / 2).max(std::time::Duration::from_millis(1)));
    loop {
        beat.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager cannot be told of a change of state");
    }
}
