//! What may go wrong with files and batches.

use super::{Fault, Status};
use crate::error::ErrorKind::{InvalidRequest, NotFound, Overloaded, StorageFull, StoreLimit};

/// There have to be files and batches.
pub(in super::super) const DESK: &[Fault] = &[
    Fault::of(
        NotFound,
        "there are no files and no batches on this gateway",
        "This gateway has no files and no batches: batches.dir is not set.",
    ),
    Fault::of(
        Overloaded,
        "files and batches are not ready yet, or cannot be read or written",
        "Files and batches are not ready yet; try again.",
    ),
];

/// A file is named.
pub(in super::super) const NO_FILE: Fault = Fault::of(
    NotFound,
    "there is no such file on this node",
    "There is no such file here. What one node has taken, other nodes do not have.",
);

/// A batch is named.
pub(in super::super) const NO_BATCH: Fault = Fault::of(
    NotFound,
    "there is no such batch on this node",
    "There is no such batch here. What one node has taken, other nodes do not have.",
);

/// A file is uploaded.
pub(in super::super) const UPLOAD: &[Fault] = &[
    Fault::of(
        InvalidRequest,
        "the form is not as it should be",
        "file: is missing; attach the lines of a batch as a file",
    ),
    Fault::of(
        StoreLimit,
        "the user has as many files as there may be, or as many bytes of them",
        "You have 1000 files, the most there may be; delete some.",
    ),
];

/// A batch is ordered by a file.
pub(in super::super) const ORDER: &[Fault] = &[
    Fault::of(
        InvalidRequest,
        "the order is not as it should be",
        "input_file_id: is none of your files here",
    ),
    MANY_BATCHES,
];

/// A batch is ordered with its requests.
pub(in super::super) const REQUESTS: &[Fault] = &[
    Fault::with(
        InvalidRequest,
        Status::Field("requests"),
        "the order is not as it should be",
        "must be a list of requests",
    ),
    MANY_BATCHES,
];

const MANY_BATCHES: Fault = Fault::of(
    StoreLimit,
    "the user or the gateway has as many batches as there may be, or the user as many bytes",
    "You have 10 batches that are not over, the most there may be.",
);

/// Something is written.
pub(in super::super) const FULL: Fault = Fault::of(
    StorageFull,
    "the disk is full",
    "The disk of files and batches is full. Nothing was kept; tell the operator.",
);

/// A file is deleted.
pub(in super::super) const FILE_IN_USE: Fault = Fault::of(
    InvalidRequest,
    "a batch still reads the file",
    "file_id: is the input of a batch that is not over; cancel that first",
);

/// A batch is deleted.
pub(in super::super) const NOT_OVER: Fault = Fault::of(
    InvalidRequest,
    "the batch is not over",
    "id: is a batch that is not over; cancel it first",
);
