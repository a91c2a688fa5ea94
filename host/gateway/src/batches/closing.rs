//! Closes a batch: reports the lines that were not begun, and hands the reports to its client.

use std::io;
use std::os::unix::fs::FileExt;
use std::panic::resume_unwind;

use jackfield_dialects::batches::{BatchState, LineEnd, LineFault, LineReport, Shelf};
use tokio::task::spawn_blocking;

use super::desk::Desk;
use super::opening::Opened;
use super::record::BatchRecord;
use super::shared::Shared;

/// Reports the lines that wait still, and names the files of results; `None` if the batch is gone.
///
/// # Errors
/// If its folder fails.
pub(super) async fn close(
    desk: &Desk,
    opened: Opened,
    batch: &BatchRecord,
    ending: BatchState,
) -> io::Result<Option<BatchRecord>> {
    let end = match ending {
        BatchState::Expired => LineEnd::Expired,
        _ => LineEnd::Canceled,
    };
    let (left, api) = (opened.waiting.len() as u64, opened.api);
    let closing = spawn_blocking(move || report_rest(opened, end));
    let (output, errors) = closing.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()))?;
    let file = |is_there: bool| {
        let id = || format!("file-{:032x}", fastrand::u128(..));
        (is_there && !api.keeps_results()).then(id)
    };
    desk.change(&batch.id, |batch| {
        match end {
            LineEnd::Expired => batch.counts.expired += left,
            _ => batch.counts.canceled += left,
        }
        (batch.output_file, batch.error_file) = (file(output), file(errors));
    })
}

/// Reports that the lines without a report were not begun. Returns on which shelves there are reports.
fn report_rest(opened: Opened, end: LineEnd<'static>) -> io::Result<(bool, bool)> {
    let Opened {
        api,
        input,
        mut books,
        waiting,
        ..
    } = opened;
    for line in waiting.iter().rev() {
        let mut text = vec![0; line.bytes];
        input.read_exact_at(&mut text, line.offset)?;
        // Its survey has read it.
        let Ok(read) = api.line(&text) else { continue };
        let report = LineReport {
            custom_id: &read.custom_id,
            request_id: None,
            end,
            dropped: "",
        };
        books.add(api.shelf(&end), &api.report(&report))?;
    }
    books.sync()?;
    Ok((books.has(Shelf::Output), books.has(Shelf::Errors)))
}

/// The last step: makes the reports files of their user, and the batch is over. It can be repeated.
///
/// # Errors
/// If the folder fails.
pub(super) fn publish(shared: &Shared, desk: &Desk, batch: &BatchRecord) -> io::Result<()> {
    let config = &shared.gateway.current.load().config.batches;
    for (shelf, id) in [(Shelf::Output, &batch.output_file), (Shelf::Errors, &batch.error_file)] {
        if let Some(id) = id {
            desk.publish(batch, shelf, id, config)?;
        }
    }
    desk.end(batch, batch.ending.unwrap_or(BatchState::Completed))
}

/// Ends a batch that cannot be worked off.
///
/// # Errors
/// If the folder fails.
pub(super) fn fail(desk: &Desk, batch: &BatchRecord, faults: Vec<LineFault>) -> io::Result<()> {
    desk.change(&batch.id, |batch| batch.faults.extend(faults))?;
    desk.end(batch, BatchState::Failed)
}
