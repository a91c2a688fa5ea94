//! What may go wrong with who calls.

use super::Fault;
use crate::error::ErrorKind::{Authentication, Internal, InvalidRequest, NotFound, Overloaded, RoleRequired};

/// A key or a token is needed.
pub(in super::super) const CALLER: &[Fault] = &[
    Fault::of(
        Authentication,
        "the credential is missing, unknown, revoked or expired",
        "Send a key as `Authorization: Bearer rk_…` or `X-API-Key: rk_…`.",
    ),
    Fault::of(
        Overloaded,
        "accounts cannot be reached",
        "Accounts cannot be looked up at the moment; try again.",
    ),
];

/// A user is needed, whose counters are looked at.
pub(in super::super) const USER: &[Fault] = &[
    Fault::of(
        Authentication,
        "`server.auth` is `off`",
        "Authentication is off, so there are no users.",
    ),
    Fault::of(
        Overloaded,
        "the counters cannot be reached",
        "The counters cannot be reached at the moment; try again.",
    ),
];

/// An access token is needed, and a database.
pub(in super::super) const TOKEN: &[Fault] = &[
    Fault::of(
        Authentication,
        "the access token is missing, wrong or expired",
        "Send an access token as `Authorization: Bearer …`; keys cannot manage keys.",
    ),
    Fault::of(
        NotFound,
        "there is no database",
        "This gateway has no database for keys: storage.url is none.",
    ),
    Fault::of(
        Overloaded,
        "the database cannot be reached",
        "Keys cannot be read or changed at the moment; try again.",
    ),
];

/// A key of the caller's is to have a name.
pub(in super::super) const NO_NAME: Fault = Fault::of(
    InvalidRequest,
    "the body is not as it should be, or the user has as many keys as they may have",
    "body: must be an object with the name of the new key, such as {\"name\": \"ci\"}",
);

/// A key of the caller's is named.
pub(in super::super) const NO_OWN_KEY: Fault = Fault::of(NotFound, "there is no such key", "There is no such key.");

/// An operator is needed.
pub(in super::super) const OPERATOR: &[Fault] = &[
    Fault::of(
        Authentication,
        "the token of `server.admin` is missing or wrong",
        "Send the token as `Authorization: Bearer TOKEN`.",
    ),
    Fault::of(
        NotFound,
        "there is neither a token of `server.admin` nor a listener of its own on loopback",
        "The operator can set server.admin.listen (such as 127.0.0.1:9090) or server.admin.token to use this endpoint.",
    ),
];

/// Who changes accounts needs a role.
pub(in super::super) const ACCOUNTS_ROLE: Fault = Fault::of(
    RoleRequired,
    "the operator's token lacks the role",
    "This needs the role `accounts`, which a token of server.admin has.",
);

/// Who operates needs a role.
pub(in super::super) const OPERATE_ROLE: Fault = Fault::of(
    RoleRequired,
    "the operator's token lacks the role",
    "This needs the role `operate`, which a token of server.admin has.",
);

/// Metrics need to be on.
pub(in super::super) const SCRAPE: &[Fault] = &[
    Fault::of(
        NotFound,
        "metrics are off",
        "Metrics are off. The operator can set metrics.enabled to use this endpoint.",
    ),
    Fault::of(
        Internal,
        "the metrics cannot be written",
        "The metrics could not be written.",
    ),
];
