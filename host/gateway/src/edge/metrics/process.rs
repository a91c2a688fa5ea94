//! What the kernel knows of this process, by the names that Prometheus' own libraries use.

use std::fs;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::telemetry::metrics::{Exposition, families};
use crate::telemetry::paced;

/// What is not known, as on systems without `/proc`, is left out.
pub(super) fn show(page: &mut Exposition) {
    page.numbers(families::BUILD, [([env!("CARGO_PKG_VERSION").to_owned()], 1.0)]);
    if let Some(most) = getrlimit(Resource::Nofile).current {
        page.one(families::MOST_FILES, most as f64);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // The folder itself is open while it is read.
        page.one(families::OPEN_FILES, files.count().saturating_sub(1) as f64);
    }
    let status = fs::read_to_string("/proc/self/status");
    if let Some(kibibytes) = status.ok().and_then(|status| resident(&status)) {
        page.one(families::MEMORY, (kibibytes * 1024) as f64);
    }
    if let Some(lines) = paced::dropped() {
        page.one(families::LINES_DROPPED, lines as f64);
    }
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    page.one(families::CPU, cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9);
}

/// The memory in `/proc/self/status`, in KiB (`proc_pid_status(5)`).
fn resident(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_its_line() {
        assert_eq!(
            resident("Name:\tVmRSS: 1 kB\nVmRSS:\t  20480 kB\nRssAnon:\t 5 kB\n"),
            Some(20480)
        );
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
