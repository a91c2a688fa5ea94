//! What may go wrong where a model does the work, by way of its providers.

use super::{BODY_IS_WRONG, Fault, Status};
use crate::error::ErrorKind::{
    ConcurrentStreamLimit, DailyLimit, HourlyLimit, InsufficientCredits, InvalidModel, InvalidRequest, KeyBudget,
    MinuteLimit, ModelNotAllowed, NotConfigured, NotFound, Overloaded, ProviderError, ProviderRateLimited,
    ProviderTimeout, Refused, ShaperFailed, ShaperUnavailable,
};

/// That body names the model.
pub(in super::super) const MODEL: Fault = Fault::with(
    InvalidRequest,
    Status::Field("model"),
    BODY_IS_WRONG,
    "is missing; give the id of a model",
);

/// That body is a chat in Google's dialect.
pub(in super::super) const CONTENTS: Fault = Fault::with(
    InvalidRequest,
    Status::Field("contents"),
    BODY_IS_WRONG,
    "is missing; give a list such as [{\"role\": \"user\", \"parts\": [{\"text\": \"Hello\"}]}]",
);

/// The vendor's own means are needed.
pub(in super::super) const COMPACTION: Fault = Fault::of(
    NotFound,
    "no provider of the model has the operation",
    "No provider of the model `echo` has the operation compaction; send the whole conversation with each request.",
);

/// A model is named.
pub(in super::super) const NO_MODEL: Fault =
    Fault::with(NotFound, Status::Bare, "there is no such model", "Model not found");

/// A model is named in Google's dialect.
pub(in super::super) const NO_SUCH_MODEL: Fault =
    Fault::of(NotFound, "there is no such model", "There is no model `gpt-0`.");

/// That body is a text to embed in Google's dialect.
pub(in super::super) const CONTENT: Fault = Fault::with(
    InvalidRequest,
    Status::Field("content"),
    BODY_IS_WRONG,
    "is missing; give a content",
);

/// That body is several of them.
pub(in super::super) const REQUESTS: Fault = Fault::with(
    InvalidRequest,
    Status::Field("requests"),
    BODY_IS_WRONG,
    "is missing; give a list of requests",
);

/// That body is texts to judge.
pub(in super::super) const INPUT: Fault = Fault::with(
    InvalidRequest,
    Status::Field("input"),
    BODY_IS_WRONG,
    "is missing; give a text, or a list of them",
);

/// A model does the work, by way of its providers.
pub(in super::super) const ROUTED: &[Fault] = &[
    Fault::with(
        InvalidModel,
        Status::UnknownModel,
        "there is no such model",
        "There is no model `gpt-0`; GET /v1/models lists them.",
    ),
    Fault::of(
        InvalidModel,
        "the model does not do this",
        "The model `echo` is for chat, not for embeddings.",
    ),
    Fault::of(
        Refused,
        "a shaper refuses the request or the reply; status (400 to 499) and code are the shaper's own",
        "The request was refused.",
    ),
    Fault::of(
        InsufficientCredits,
        "the balance is spent, and the plan has no overdraft",
        "Your credits are spent; add credits, or use a free model.",
    ),
    Fault::of(
        KeyBudget,
        "the key has spent its budget, and has no model for that",
        "Your key has spent its budget for the day; it begins anew at midnight UTC. Use another key, or ask the operator.",
    ),
    Fault::of(
        ModelNotAllowed,
        "the plan or the key does not include the model",
        "Your plan does not include the model `echo`.",
    ),
    Fault::with(
        Refused,
        Status::Coded(403, "ENDED_BY_OPERATOR"),
        "an operator ended the request",
        "An operator ended this request.",
    ),
    Fault::of(
        DailyLimit,
        "the requests for the day are used up",
        "Your plan allows 50 requests per day; the limit is reached.",
    ),
    Fault::of(
        HourlyLimit,
        "the requests for the hour are used up",
        "Your plan allows 50 requests per hour; the limit is reached.",
    ),
    Fault::of(
        MinuteLimit,
        "the requests for the minute are used up",
        "Your plan allows 100 requests per minute; the limit is reached.",
    ),
    Fault::of(
        ProviderRateLimited,
        "every provider that was tried is rate-limited",
        "Every provider of model `echo` failed: echo is rate limited.",
    ),
    Fault::of(
        ProviderError,
        "every provider failed, or none is available",
        "No provider of model `echo` is available at the moment.",
    ),
    Fault::of(
        ShaperFailed,
        "a shaper failed over the request",
        "A check of this gateway failed over the request, so it was not answered.",
    ),
    Fault::of(
        NotConfigured,
        "no provider of the model is set up",
        "The model `echo` is not configured on this gateway: none of its providers is set up.",
    ),
    Fault::of(
        ShaperUnavailable,
        "a shaper that the request needs is not in force",
        "A check that requests for this model need is not in force on this gateway.",
    ),
    Fault::of(
        Overloaded,
        "too many requests are in flight",
        "The gateway is at its limit of concurrent requests; try again in a moment.",
    ),
    Fault::of(
        ProviderTimeout,
        "every provider that was tried timed out",
        "Every provider of model `echo` failed: echo timed out.",
    ),
];

/// The answer may be a stream.
pub(in super::super) const STREAM: Fault = Fault::of(
    ConcurrentStreamLimit,
    "the concurrent streams are all in use",
    "Your plan allows 50 concurrent streams; the limit is reached.",
);
