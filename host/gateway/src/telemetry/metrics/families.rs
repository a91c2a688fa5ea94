//! Every family of metrics that `/metrics` can show, each in one place.
//!
//! Those of `gen_ai_` follow OpenTelemetry's conventions for generative AI, with dots as underscores and the unit behind
//! the name (<https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/>), those of `process_` Prometheus' own
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).

use super::family::Family;

/// The labels of the conventions, but for the type of an error or of a token.
const GEN_AI: [&str; 4] = [
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_response_model",
];

const GEN_AI_ERROR: &[&str] = &[GEN_AI[0], GEN_AI[1], GEN_AI[2], GEN_AI[3], "error_type"];
const GEN_AI_TOKENS: &[&str] = &[GEN_AI[0], GEN_AI[1], GEN_AI[2], GEN_AI[3], "gen_ai_token_type"];
const ROUTE: &[&str] = &["model", "provider"];
const KINDS: &[&str] = &["model", "provider", "kind"];
const PLUGIN: &[&str] = &["plugin"];
const SHAPER: &[&str] = &["shaper"];
const HOW: &[&str] = &["how"];

macro_rules! families {
    ($($constant:ident = $kind:ident($name:literal, $unit:literal, $labels:expr, $help:literal);)*) => {
        $(pub(crate) const $constant: Family = Family::$kind($name, $unit, $labels, $help);)*

        /// Every family that `/metrics` can show, in the order of the book.
        pub const ALL: &[Family] = &[$($constant),*];
    };
}

families! {
    REQUEST_DURATION = histogram("gen_ai_server_request_duration_seconds", "seconds", GEN_AI_ERROR,
        "How long requests took, from their arrival to the last byte");
    FIRST_TOKEN = histogram("gen_ai_server_time_to_first_token_seconds", "seconds", &GEN_AI,
        "How long streams took from the request's arrival to their first content");
    PER_TOKEN = histogram("gen_ai_server_time_per_output_token_seconds", "seconds", &GEN_AI,
        "How long a token took after the first, on average over a finished stream");
    TOKEN_USAGE = histogram("gen_ai_client_token_usage", "tokens", GEN_AI_TOKENS,
        "How many tokens requests used");

    REQUESTS = counter("jackfield_requests", "requests", &["endpoint", "model", "provider", "status", "class"],
        "Requests that have ended");
    DURATION = histogram("jackfield_request_duration_seconds", "seconds", &["endpoint", "stream"],
        "How long requests took, from their arrival to the last byte");
    FIRST_CONTENT = histogram("jackfield_time_to_first_content_seconds", "seconds", ROUTE,
        "How long streams took from the request's arrival to their first content");
    PER_CHUNK = histogram("jackfield_time_per_output_chunk_seconds", "seconds", ROUTE,
        "How long a stream's event with a text took after the one before, on average from the first content to the last text");
    OVERHEAD = histogram("jackfield_overhead_seconds", "seconds", &["endpoint", "stream"],
        "What the gateway itself took of a request, plugins included, until its answer or the first content: less the waits for upstreams and for the client's body");
    TOKENS = counter("jackfield_tokens", "tokens", KINDS,
        "Tokens that requests used, by kind; cached ones and cache writes are part of the input, reasoning of the output");
    UNITS = counter("jackfield_units", "by kind", KINDS,
        "What requests used that is not counted in tokens: images, searches, characters, milliseconds of recordings");
    CREDITS = counter("jackfield_credits_charged", "credits", ROUTE,
        "Credits charged for requests");
    ATTEMPTS = counter("jackfield_attempts", "attempts", &["provider", "model", "outcome"],
        "Attempts at targets; the outcome is ok; the class of the failure, also of one in the midst of its stream; or how its request ended before it had answered, such as hung-up");
    ATTEMPT_DURATION = histogram("jackfield_attempt_duration_seconds", "seconds", &["provider", "model"],
        "How long attempts took: to the first content of a stream, to the end of a whole reply, or to the failure");

    IN_FLIGHT = gauge("jackfield_requests_in_flight", "requests", &[],
        "Requests whose last byte is not written yet");
    STREAMS_IN_FLIGHT = gauge("jackfield_streams_in_flight", "requests", &[],
        "Those of them that are streams");
    IN_FLIGHT_LIMIT = gauge("jackfield_requests_in_flight_limit", "requests", &[],
        "The most requests that may be in flight (server.max_concurrent_requests)");
    DRAINING = gauge("jackfield_draining", "0 or 1", &[],
        "Whether the gateway is shutting down");
    BREAKER = gauge("jackfield_breaker_state", "0 or 1", &["provider", "model", "state"],
        "1 for the state that the target's breaker is in: closed, open or half-open");
    PROVIDER_UP = gauge("jackfield_provider_on", "0 or 1", &["provider"],
        "Whether the provider is on: its plugin is in force and its credentials are there");

    PLUGIN_INFO = gauge("jackfield_plugin_info", "1", &["plugin", "version", "kind"],
        "The plugins in force");
    PLUGIN_SLOW = gauge("jackfield_plugin_slow", "0 or 1", PLUGIN,
        "Whether the plugin's calls run on threads of their own");
    PLUGIN_CALLS = counter("jackfield_plugin_calls", "calls", PLUGIN,
        "Calls of the plugin");
    PLUGIN_TIME = counter("jackfield_plugin_seconds", "seconds", PLUGIN,
        "Time that the plugin's calls took");
    PLUGIN_FAULTS = counter("jackfield_plugin_faults", "calls", &["plugin", "fault"],
        "Calls that the sandbox ended: trap, deadline, memory, output or instantiate");
    PLUGIN_MEMORY = gauge("jackfield_plugin_memory_bytes", "bytes", PLUGIN,
        "The most memory that one instance of the plugin had since it was loaded");
    PLUGIN_CALL = gauge("jackfield_plugin_call_seconds", "seconds", PLUGIN,
        "How long a call of the plugin takes on average");
    PLUGIN_QUEUE = gauge("jackfield_plugin_queue", "calls", PLUGIN,
        "Calls of the plugin that wait for a thread");
    PREPARED = counter("jackfield_prepared", "requests", HOW,
        "Upstream requests that adapters prepared: kept from an earlier request with the same parameters, or anew");

    SHAPER_CALLS = counter("jackfield_shaper_calls", "calls", SHAPER,
        "Requests, replies and pieces of streams that the shaper saw");
    SHAPER_KEPT = counter("jackfield_shaper_kept", "requests", SHAPER,
        "Requests among them that were decided as the shaper had decided before, without a call");
    SHAPER_TIME = counter("jackfield_shaper_seconds", "seconds", SHAPER,
        "Time that the shaper took, waits for its thread or its server included");
    SHAPER_REFUSALS = counter("jackfield_shaper_refusals", "calls", SHAPER,
        "What the shaper refused");
    SHAPER_FAILURES = counter("jackfield_shaper_failures", "calls", SHAPER,
        "What the shaper failed over");

    CACHE_REQUESTS = counter("jackfield_cache_requests", "requests", &["model", "cache"],
        "Requests that used the response cache; cache is hit, coalesced, miss or refresh");
    CACHE_ENTRIES = gauge("jackfield_cache_entries", "answers", &[],
        "Answers that are kept in memory, those included whose time is over and that have not given way yet; absent with store: redis");
    CACHE_BYTES = gauge("jackfield_cache_bytes", "bytes", &[],
        "Memory that they take; absent with store: redis");
    CACHE_EVICTIONS = counter("jackfield_cache_evictions", "answers", &[],
        "Answers that gave way to others before their time was over, or that were not kept because the memory was full; absent with store: redis");
    CACHE_STORE_UP = gauge("jackfield_cache_store_up", "0 or 1", &[],
        "Whether the Redis of the response cache answers; absent if answers are kept in memory");
    CACHE_FAILURES = counter("jackfield_cache_failures", "operations", &[],
        "Look-ups and writes that the Redis of the response cache failed or had no time for; absent if answers are kept in memory");

    GENERATION = gauge("jackfield_config_generation", "generation", &[],
        "The number of the snapshot in force");
    BUILT = gauge("jackfield_config_built_timestamp_seconds", "seconds", &[],
        "When the snapshot in force was built (Unix time)");
    RELOAD_OK = gauge("jackfield_config_last_reload_successful", "0 or 1", &[],
        "Whether the last change of the configuration or the plugins came into force as a whole");
    REJECTED_AT = gauge("jackfield_config_rejected_timestamp_seconds", "seconds", &[],
        "When the last change that did not come into force was rejected (Unix time); absent without one");
    REJECTED_FILES = gauge("jackfield_config_rejected_files", "files", &[],
        "Files with a fault in the last change");
    OLDER = gauge("jackfield_config_older_generations", "generations", &[],
        "Older snapshots that still serve requests");
    CERTIFICATE_END = gauge("jackfield_tls_certificate_not_after_seconds", "seconds", &["listener"],
        "Until when the certificate of a listener is valid (Unix time); listener is public or admin; absent where clients speak plain HTTP");

    BACKLOG = gauge("jackfield_ledger_backlog_rows", "rows", &[],
        "Rows that are in the journal and not in the database yet; absent without a database");
    LOST = counter("jackfield_ledger_rows_lost", "rows", &[],
        "Rows for which neither the disk nor the memory had room; absent without a database");
    SET_ASIDE = gauge("jackfield_ledger_rows_set_aside", "rows", &[],
        "Rows that the database refused and that wait in a file for a person; absent without a database");
    DURABLE = gauge("jackfield_ledger_durable", "0 or 1", &[],
        "Whether further rows will be on the disk; absent without a database");

    TRACE_SPANS = counter("jackfield_trace_spans", "spans", &["outcome"],
        "Spans for the collector: exported, dropped because there was no room for them, or failed because it did not take them");
    LINES_DROPPED = counter("jackfield_log_lines_dropped", "lines", &[],
        "Lines that did not get into the process's log, because who reads it was behind");
    LOG_DROPPED = counter("jackfield_request_log_lines_dropped", "lines", &[],
        "Lines that did not get into the file of log.requests; absent without one");

    LIMITS_UP = gauge("jackfield_limits_store_up", "0 or 1", &[],
        "Whether the shared counters answer; absent if limits are counted in memory");

    BUILD = gauge("jackfield_build_info", "1", &["version"],
        "The version that runs");
    MEMORY = gauge("process_resident_memory_bytes", "bytes", &[],
        "Memory that the process holds");
    OPEN_FILES = gauge("process_open_fds", "descriptors", &[],
        "Open file descriptors");
    MOST_FILES = gauge("process_max_fds", "descriptors", &[],
        "The most file descriptors that the process may open");
    CPU = counter("process_cpu_seconds", "seconds", &[],
        "Time on cores, of the process and for it");
    STARTED = gauge("process_start_time_seconds", "seconds", &[],
        "When the process started (Unix time)");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::telemetry::metrics::Kind;

    #[test]
    fn each_name_stands_once_and_carries_its_unit() {
        let names: BTreeSet<&str> = ALL.iter().map(|family| family.name).collect();
        assert_eq!(names.len(), ALL.len());
        for family in ALL {
            assert!(
                !family.name.ends_with("_total") && !family.help.ends_with('.'),
                "{family:?}"
            );
            let carried = family.name.ends_with(&format!("_{}", family.unit));
            assert!(carried || !["seconds", "bytes"].contains(&family.unit), "{family:?}");
            assert!(family.kind == Kind::Gauge || family.unit != "0 or 1", "{family:?}");
        }
    }
}
