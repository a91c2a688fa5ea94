//! Wakes at an instant to within some microseconds. The runtime's own timers know milliseconds only.

use std::io;
use std::time::Instant;

#[cfg(target_os = "linux")]
use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
#[cfg(target_os = "linux")]
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;

/// An alarm clock: a timer of the kernel where there are such (`timerfd_create(2)`), else one of the runtime.
#[derive(Debug)]
pub(super) struct Alarm {
    #[cfg(target_os = "linux")]
    timer: AsyncFd<OwnedFd>,
    /// What the timer is set to.
    #[cfg(target_os = "linux")]
    set: Cell<Option<Instant>>,
}

// === impl Alarm ===

#[cfg(target_os = "linux")]
impl Alarm {
    /// An alarm clock.
    ///
    /// # Errors
    /// If the kernel gives no timer.
    pub(super) fn new() -> io::Result<Self> {
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe, for types that may lose their descriptor; an `OwnedFd` keeps it"
        )]
        let timer = AsyncFd::new(timer)?;
        let set = Cell::new(None);
        Ok(Self { timer, set })
    }

    /// Waits until `due`. Cancel safe.
    ///
    /// # Errors
    /// If the kernel refuses to set the timer.
    pub(super) async fn wait(&self, due: Instant) -> io::Result<()> {
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if self.set.replace(Some(due)) != Some(due) {
                self.ring_in(left)?;
            }
            // Whether it rang just now or some time ago, the clock decides.
            self.timer.readable().await?.clear_ready();
        }
    }

    /// Sets the timer, whatever it was set to.
    fn ring_in(&self, left: Duration) -> io::Result<()> {
        let nothing = Timespec { tv_sec: 0, tv_nsec: 0 };
        let once = Itimerspec {
            it_interval: nothing,
            it_value: Timespec {
                tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            },
        };
        timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
impl Alarm {
    /// An alarm clock. Never fails.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits until `due`. Cancel safe, and never fails.
    pub(super) async fn wait(&self, due: Instant) -> io::Result<()> {
        tokio::time::sleep_until(due.into()).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn an_alarm_rings_when_it_is_due_and_not_before() {
        let alarm = Alarm::new().unwrap();
        for microseconds in [0, 300, 5_000] {
            let due = Instant::now() + Duration::from_micros(microseconds);
            alarm.wait(due).await.unwrap();
            assert!(Instant::now() >= due);
        }
    }
}
