//! Opens a batch: finds its lines and the reports that there are.

use std::fs::File;
use std::io::{self, BufReader};
use std::panic::resume_unwind;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use jackfield_dialects::batch_api;
use jackfield_dialects::batches::{Batching, LineCounts, LineFault, LineSpent};
use tokio::task::spawn_blocking;

use super::books::{Books, Found};
use super::call::Manner;
use super::desk::Desk;
use super::record::BatchRecord;
use super::shared::Shared;
use super::survey::{Rules, Survey, Waiting, survey};

/// What a line may have beside its body, in bytes.
const ENVELOPE: usize = 64 << 10;

/// An open batch.
pub(super) struct Opened {
    /// The API by which it was ordered.
    pub(super) api: Batching,
    /// How its lines are asked.
    pub(super) manner: Manner,
    /// Its lines.
    pub(super) input: Arc<File>,
    /// Its reports.
    pub(super) books: Books,
    /// The lines without a report, the last one first.
    pub(super) waiting: Vec<Waiting>,
    /// What has become of its lines.
    pub(super) counts: LineCounts,
    /// What their answers used.
    pub(super) spent: LineSpent,
    /// The bytes that are its own.
    pub(super) bytes: u64,
}

/// Opens a batch. The inner error is what is wrong with it.
///
/// # Errors
/// If its folder fails.
pub(super) async fn open(
    shared: &Shared,
    desk: &Desk,
    batch: &BatchRecord,
) -> io::Result<Result<Opened, Vec<LineFault>>> {
    let Some((api, manner)) = batch_api(&batch.api).zip(manner(batch)) else {
        let message = "This gateway does not serve the endpoint of the batch.";
        return Ok(Err(vec![LineFault::new("unknown_endpoint", Some("endpoint"), message)]));
    };
    let input = match desk.input(batch) {
        Ok(input) => Arc::new(input),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = "The input file is gone.";
            return Ok(Err(vec![LineFault::new(
                "missing_file",
                Some("input_file_id"),
                message,
            )]));
        }
        Err(error) => return Err(error),
    };
    let snapshot = shared.gateway.current.load();
    let most_bytes = snapshot.config.server.max_body_bytes + ENVELOPE;
    let most_lines = snapshot.config.batches.max_requests;
    let (place, file, batch) = (desk.place.clone(), Arc::clone(&input), batch.clone());
    let reading = spawn_blocking(move || {
        let (books, found) = Books::open(&place, &batch.id, api)?;
        let rules = Rules {
            api,
            endpoint: &batch.endpoint,
            most_bytes,
            most_lines,
        };
        let survey = survey(BufReader::new(&*file), &rules, &found.done)?;
        let own = if batch.input_file.is_none() {
            file.metadata()?.len()
        } else {
            0
        };
        io::Result::Ok((own + books.bytes(), books, found, survey))
    });
    let read = reading.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()));
    let (bytes, books, found, survey) = read?;
    let Found { mut counts, spent, .. } = found;
    let Survey {
        mut waiting,
        total,
        faults,
    } = survey;
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    waiting.reverse();
    counts.total = total;
    Ok(Ok(Opened {
        api,
        manner,
        input,
        books,
        waiting,
        counts,
        spent,
        bytes,
    }))
}

/// How the lines of a batch are asked; `None` if nothing is served at their path.
fn manner(batch: &BatchRecord) -> Option<Manner> {
    let (dialect, endpoint) = jackfield_dialects::all().into_iter().find_map(|dialect| {
        let mut endpoints = dialect.endpoints().iter();
        let endpoint = endpoints.find(|endpoint| endpoint.path == batch.endpoint)?;
        Some((dialect, *endpoint))
    })?;
    let pair = |(name, value): &(String, String)| {
        let name: HeaderName = name.parse().ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    };
    let headers: HeaderMap = batch.headers.iter().filter_map(pair).collect();
    Some(Manner {
        dialect,
        endpoint,
        headers,
    })
}
