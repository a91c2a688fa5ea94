//! What may go wrong in what only operators do.

use super::Fault;
use crate::error::ErrorKind::{Internal, InvalidRequest, NotFound, Overloaded, RequestTooLarge};

/// Users and keys are in a database.
pub(in super::super) const DATABASE: &[Fault] = &[
    Fault::of(
        NotFound,
        "there is no database",
        "This gateway has no database for accounts: storage.url is none.",
    ),
    Fault::of(
        Overloaded,
        "the database cannot be reached",
        "The database cannot be reached at the moment; try again.",
    ),
];

/// So is the ledger.
pub(in super::super) const LEDGER: Fault = Fault::of(
    NotFound,
    "there is no database",
    "There is no ledger, because storage.url is none.",
);

/// A list of requests is read.
pub(in super::super) const REQUESTS: Fault = Fault::of(
    Overloaded,
    "the list takes too long, or the database cannot be reached",
    "The list takes too long; ask for less time, with since and until.",
);

/// The query selects requests.
pub(in super::super) const FILTER: Fault = Fault::of(
    InvalidRequest,
    "a parameter is unknown or wrong",
    "status must be a status such as 502, or 5xx, found \"twelve\".",
);

/// The query selects days.
pub(in super::super) const DAYS: Fault = Fault::of(
    InvalidRequest,
    "a parameter is wrong",
    "from must be a day in UTC such as 2026-11-21, found \"yesterday\".",
);

/// The query selects a page of the log of changes.
pub(in super::super) const AUDIT: Fault = Fault::of(
    InvalidRequest,
    "a parameter is wrong",
    "limit must be a number, found \"many\".",
);

/// A body of an operator's, or about keys, may have less than others.
pub(in super::super) const SMALL: Fault = Fault::of(
    RequestTooLarge,
    "the body is too large",
    "The body is larger than 65536 bytes.",
);

/// A user is named.
pub(in super::super) const NO_USER: Fault = Fault::of(NotFound, "there is no such user", "there is no user \"ada\"");

/// A key is named.
pub(in super::super) const NO_KEY: Fault = Fault::of(NotFound, "there is no such key", "there is no key \"key_1\"");

/// A plan is named.
pub(in super::super) const NO_PLAN: Fault = Fault::of(
    InvalidRequest,
    "the plan is not in the configuration",
    "plan: the configuration has no plan \"gold\"; use one of free, max",
);

/// A user is added.
pub(in super::super) const TAKEN: Fault = Fault::at(
    409,
    InvalidRequest,
    "there is such a user already",
    "user \"ada\" already exists",
);

/// A key is changed.
pub(in super::super) const CHANGED_MEANWHILE: Fault = Fault::at(
    409,
    InvalidRequest,
    "others changed the key meanwhile",
    "Others change this key at the same time; look at it and try again.",
);

/// A key gets terms of its own.
pub(in super::super) const TERMS: Fault = Fault::of(
    InvalidRequest,
    "the terms cannot be kept",
    "terms.on_exhausted: the configuration has no model \"gpt-0\"",
);

/// A key is made.
pub(in super::super) const NO_RANDOMNESS: Fault = Fault::of(
    Overloaded,
    "the system has no randomness",
    "Keys cannot be made at the moment; try again.",
);

/// A request in flight is named.
pub(in super::super) const NOT_IN_FLIGHT: Fault = Fault::of(
    NotFound,
    "there is no such request in flight on this node",
    "There is no such request in flight here any more.",
);

/// The versions of a plugin are looked up.
pub(in super::super) const UNSEEN: Fault = Fault::of(
    Internal,
    "the plugin's file cannot be looked at",
    "The plugin could not be looked at.",
);

/// A plugin is put into the folder.
pub(in super::super) const PLUGIN: &[Fault] = &[
    Fault::of(
        InvalidRequest,
        "the plugin would not come into force, or its name or its signature is wrong",
        "The plugin could not be built within 120s, so that nothing was changed.",
    ),
    Fault::at(
        409,
        InvalidRequest,
        "the folder of plugins cannot be written",
        "plugins/echo.wasm cannot be written, so that nothing was changed: Permission denied (os error 13)",
    ),
    UNSEEN,
    Fault::of(
        Overloaded,
        "another plugin is being tried",
        "Another plugin is being tried; try again.",
    ),
];

/// An upload may have more than other bodies.
pub(in super::super) const LARGE: Fault = Fault::of(
    RequestTooLarge,
    "the body is larger than `plugins.max_file_bytes`",
    "The body is larger than 67108864 bytes.",
);

/// A request is tried out.
pub(in super::super) const TRIAL: &[Fault] = &[
    Fault::of(
        InvalidRequest,
        "the path or the key cannot be sent",
        "path and key: must be such as can be sent",
    ),
    Fault::of(
        Internal,
        "what was exchanged cannot be shown",
        "What was exchanged cannot be shown.",
    ),
];
