//! One case per invalid value of server, log, plugins and routing. Each asserts the whole message, so that none becomes
//! unreadable by accident.

use super::check;

#[test]
fn each_invalid_value_of_the_server_is_reported() {
    check(SERVER);
}

const SERVER: &str = r#"
server: { listen: localhost }
! 1:11: server.listen: must be an IP address and a port, found "localhost"; write one such as 127.0.0.1:8080 or [::1]:8080
server: { listen: 8080 }
! 1:11: server.listen: must be an IP address and a port, found 8080; write one such as 127.0.0.1:8080 or [::1]:8080
server: { auth: "no" }
! 1:11: server.auth: must be off or required, found "no"; use one of these
server: { auth: false }
! 1:11: server.auth: must be off or required, found false; use one of these
server: { auth: off, listen: "0.0.0.0:80" }
! 1:11: server.auth: off is allowed only on a loopback address, and 0.0.0.0:80 is not one; write auth: required, or listen on 127.0.0.1
server: { auth: off, hosts: ["https://llm.example"] }
! 1:30: server.hosts[0]: must be a host name or an IP address, found "https://llm.example"; write one such as llm.example, without a scheme, a port or a path
server: { auth: off, hosts: ["llm.example:8080"] }
! 1:30: server.hosts[0]: must be a host name or an IP address, found "llm.example:8080"; write one such as llm.example, without a scheme, a port or a path
server: { error_format: xml }
! 1:11: server.error_format: must be auto, text or json, found "xml"; use one of these
server: { max_body_bytes: 0 }
! 1:11: server.max_body_bytes: must be at least 1, found 0; write a larger number
server: { max_body_bytes: 32MiB }
! 1:11: server.max_body_bytes: must be a whole number, found "32MiB"; write digits only, without quotes or a unit
server: { max_body_bytes: 99999999999999999999 }
! 1:11: server.max_body_bytes: must be at most 1099511627776, found 1e+20; write a smaller number
server: { max_body_bytes: 1.5 }
! 1:11: server.max_body_bytes: must be a whole number, found 1.5; write digits only, without quotes or a unit
server: { header_timeout: 10 }
! 1:11: server.header_timeout: must be a positive duration, found 10; write one such as 250ms, 5s or 2m
server: { body_timeout: 1 minute }
! 1:11: server.body_timeout: must be a positive duration, found "1 minute"; write one such as 250ms, 5s or 2m
server: { drain_timeout: 0s }
! 1:11: server.drain_timeout: must be a positive duration, found "0s"; write one such as 250ms, 5s or 2m
server: { keep_alive: }
! 1:11: server.keep_alive: must be a positive duration, found nothing; write one such as 250ms, 5s or 2m
server: { max_concurrent_requests: 0 }
! 1:11: server.max_concurrent_requests: must be at least 1, found 0; write a larger number
server: { expose_generation: "yes" }
! 1:11: server.expose_generation: must be true or false, found "yes"; write true or false, without quotes
server: { expose_model: 1 }
! 1:11: server.expose_model: must be true or false, found 1; write true or false, without quotes
server: { expose_attempts: 1 }
! 1:11: server.expose_attempts: must be true or false, found 1; write true or false, without quotes
server: { cors: { origins: "https://app.example" } }
! 1:19: server.cors.origins: must be a list, found a string; write each item on its own line, after "- "
server: { cors: { origins: [https://app.example/] } }
! 1:29: server.cors.origins[0]: must be an origin as browsers send it, or *, found "https://app.example/"; write one such as https://app.example or http://localhost:3000, without a path or a default port
server: { cors: { origins: ["*", 5] } }
! 1:34: server.cors.origins[1]: must be an origin as browsers send it, or *, found 5; write one such as https://app.example or http://localhost:3000, without a path or a default port
server: { cors: { max_age: 3600 } }
! 1:19: server.cors.max_age: must be a positive duration, found 3600; write one such as 250ms, 5s or 2m
server: { cors: { origin: [] } }
! 1:19: server.cors.origin: is not a known key; did you mean "origins"?
server: { admin: { listen: "0.0.0.0:9090" } }
! 1:20: server.admin.listen: 0.0.0.0:9090 is not a loopback address, so server.admin.token is required; set server.admin.token, or listen on 127.0.0.1
metrics: { listen: "0.0.0.0:9464" }
! 1:12: metrics.listen: 0.0.0.0:9464 is not a loopback address, so metrics.token is required; set metrics.token, or listen on 127.0.0.1
metrics: { max_series: 0 }
! 1:12: metrics.max_series: must be at least 1, found 0; write a larger number
cache: { max_bytes: 1000 }
! 1:10: cache.max_bytes: must be at least 1048576, found 1000; write a larger number
cache: { max_bytes: 1048576, max_entry_bytes: 2097152 }
! 1:30: cache.max_entry_bytes: is more than cache.max_bytes; lower it, or raise cache.max_bytes
cache: { store: disk }
! 1:10: cache.store: must be memory or redis, found "disk"; use one of these
cache: { store: redis }
! 1:1: cache.url: is missing, but store: redis requires it; add the URL of a Redis, or remove store
cache: { url: "redis://h" }
! 1:10: cache.url: has no effect on a cache in memory; write `store: redis` beside it, or remove it
cache: { store: redis, url: "http://h" }
! 1:24: cache.url: is not a Redis URL; write one such as redis://127.0.0.1:6379, rediss://:PASSWORD@HOST or redis+unix:///run/redis.sock
connections: { idle_timeout: 50, max_idle: 200000, http_version: h2 }
! 1:16: connections.idle_timeout: must be a positive duration, found 50; write one such as 250ms, 5s or 2m
! 1:34: connections.max_idle: must be at most 100000, found 200000; write a smaller number
! 1:52: connections.http_version: must be auto, http1 or http2, found "h2"; use one of these
connections: { http2_ping_after: 0s, http2_pong_within: 1d }
! 1:16: connections.http2_ping_after: must be a positive duration, found "0s"; write one such as 250ms, 5s or 2m
! 1:38: connections.http2_pong_within: is longer than 9h; write a shorter duration
connections: { tcp_probe_after: 1500ms, tcp_probe_every: 540m, tcp_give_up_after: 541m }
! 1:16: connections.tcp_probe_after: must be a positive duration in whole seconds, found "1500ms"; write one such as 15s or 2m
! 1:64: connections.tcp_give_up_after: is longer than 9h; write a shorter duration
connections: { idle: 5s }
! 1:16: connections.idle: is not a known key; did you mean "idle_timeout"?
log: { slow: 10 }
! 1:8: log.slow: must be a positive duration, found 10; write one such as 250ms, 5s or 2m
server: { admin: { listen: here, token: "" } }
! 1:20: server.admin.listen: must be an IP address and a port, found "here"; write one such as 127.0.0.1:8080 or [::1]:8080
! 1:34: server.admin.token: must not be empty; write at least one character
server: [1]
! 1:1: server: must be a mapping, found a list; write its keys below it, indented
server: { liste: x }
! 1:11: server.liste: is not a known key; did you mean "listen"?
"#;

#[test]
fn each_invalid_value_of_log_and_plugins_is_reported() {
    check(LOG_AND_PLUGINS);
}

const LOG_AND_PLUGINS: &str = r#"
log: { format: xml }
! 1:8: log.format: must be human or json, found "xml"; use one of these
log: { level: inof }
! 1:8: log.level: is neither a level nor a valid filter: "inof"; did you mean "info"?
log: { level: "a=b=c" }
! 1:8: log.level: is neither a level nor a valid filter: "a=b=c"; write a level such as info, or directives such as info,jackfield_gateway::routing=debug
log: { prompts: sometimes }
! 1:8: log.prompts: must be true or false, found "sometimes"; write true or false, without quotes
plugins: { dir: 5 }
! 1:12: plugins.dir: must be a string, found 5; put it in quotes
plugins: { isolation: none }
! 1:12: plugins.isolation: must be request or shared, found "none"; use one of these
plugins: { deadline: 100 }
! 1:12: plugins.deadline: must be a positive duration, found 100; write one such as 250ms, 5s or 2m
plugins: { max_memory_bytes: 1 }
! 1:12: plugins.max_memory_bytes: must be at least 65536, found 1; write a larger number
plugins: { max_file_bytes: 0 }
! 1:12: plugins.max_file_bytes: must be at least 1, found 0; write a larger number
plugins: { max_output_bytes: -1 }
! 1:12: plugins.max_output_bytes: must be at least 1, found -1; write a larger number
plugins: { max_log_lines: many }
! 1:12: plugins.max_log_lines: must be a whole number, found "many"; write digits only, without quotes or a unit
plugins: { pins: { echo: abc } }
! 1:20: plugins.pins.echo: is not a SHA-256 in hexadecimal, which has 64 digits; copy it from the output of `jackfield plugin inspect`
plugins: { trust: { sha256: [abc] } }
! 1:30: plugins.trust.sha256[0]: is not a SHA-256 in hexadecimal, which has 64 digits; copy it from the output of `jackfield plugin inspect`
plugins: { trust: { public_keys: [RWQ] } }
! 1:35: plugins.trust.public_keys[0]: is not a minisign public key; copy the second line of the .pub file, such as "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
plugins: { trust: { keys: [] } }
! 1:21: plugins.trust.keys: is not a known key; the keys allowed here are public_keys and sha256
plugins: { trust: null }
! 1:12: plugins.trust: must be a mapping, found nothing; give it a value, or leave the key out
plugins: { sources: [{ name: a, from: "oci://ghcr.io/a:1" }] }
! 1:33: plugins.sources[0].from: names no digest, and a tag can be moved to something else; write oci://REGISTRY/REPOSITORY:TAG@sha256:DIGEST, as `jackfield plugin push` and `plugin pull` print it
plugins: { sources: [{ name: a, from: "http://a.example/a.wasm", sha256: ab }] }
! 1:33: plugins.sources[0].from: is plain http, which is for loopback addresses only; write https
plugins: { sources: [{ from: "https://a.example/a.wasm" }] }
! 1:22: plugins.sources[0].name: is missing; add "name" here
plugins: { registries: { "https://ghcr.io": {} } }
! 1:26: plugins.registries."https://ghcr.io": is not a host, such as ghcr.io or 127.0.0.1:5000; write the host as it stands in the source, without a scheme or path
plugins: { registries: { ghcr.io: { username: u } } }
! 1:26: plugins.registries."ghcr.io": has a username and no password; add `password`, or remove `username`
plugins: { overrides: { echo: { deadline: soon } } }
! 1:33: plugins.overrides.echo.deadline: must be a positive duration, found "soon"; write one such as 250ms, 5s or 2m
plugins: { overrides: { echo: { max_log_lines: 5 } } }
! 1:33: plugins.overrides.echo.max_log_lines: is not a known key; the keys allowed here are isolation, deadline, max_memory_bytes and max_output_bytes
"#;

#[test]
fn each_invalid_value_of_routing_is_reported() {
    check(ROUTING);
}

const ROUTING: &str = r#"
routing: { retry_count: -1 }
! 1:12: routing.retry_count: must be at least 0, found -1; write a larger number
routing: { retry_count: 1000 }
! 1:12: routing.retry_count: must be at most 100, found 1000; write a smaller number
routing: { deadline: forever }
! 1:12: routing.deadline: must be a positive duration, found "forever"; write one such as 250ms, 5s or 2m
routing: { max_wait: 0 }
! 1:12: routing.max_wait: must be a positive duration, found 0; write one such as 250ms, 5s or 2m
routing: { tool_conversations: first }
! 1:12: routing.tool_conversations: must be chain, same_target or first_only, found "first"; did you mean "first_only"?
routing: { backoff: { base: 10s } }
! 1:23: routing.backoff.base: is longer than routing.backoff.max; shorten it, or raise routing.backoff.max
routing: { breaker: { failures: 0 } }
! 1:23: routing.breaker.failures: must be at least 1, found 0; write a larger number
routing: { breaker: { open_for: 60 } }
! 1:23: routing.breaker.open_for: must be a positive duration, found 60; write one such as 250ms, 5s or 2m
routing: { retries: 2 }
! 1:12: routing.retries: is not a known key; the keys allowed here are retry_count, deadline, max_wait, tool_conversations, fallback_on, backoff, breaker, stream, continuation and on_broken_event
"#;

#[test]
fn an_unknown_section_is_reported_with_the_known_ones() {
    check(SECTION);
}

const SECTION: &str = r#"
provider: {}
! 1:1: provider: is not a known key; did you mean "providers"?
zebra: {}
! 1:1: zebra: is not a known key; the keys allowed here are server, log, metrics, telemetry, plugins, providers, connections, models, shapers, routing, plans, keys, tokens, credits, limits, cache, storage, ledger, state_dir and batches
"#;

#[test]
fn faults_of_all_kinds_are_reported_at_once() {
    check(ALL_AT_ONCE);
}

const ALL_AT_ONCE: &str = r#"
server: { listen: x, keep_alive: 5 }
providers: { crof: { adapter: 1, base_url: nowhere, auth: {} } }
models:
  m: { context: x, pricing: {}, chain: [{ provider: corf }] }
keys: { a: { key: k, user: u } }
! 1:11: server.listen: must be an IP address and a port, found "x"; write one such as 127.0.0.1:8080 or [::1]:8080
! 1:22: server.keep_alive: must be a positive duration, found 5; write one such as 250ms, 5s or 2m
! 2:22: providers.crof.adapter: must be a string, found 1; put it in quotes
! 2:34: providers.crof.base_url: is not an http or https URL; write one such as "https://upstream.example/v1"
! 2:53: providers.crof.auth.scheme: is missing; add "scheme" here
! 4:8: models.m.context: must be a whole number, found "x"; write digits only, without quotes or a unit
! 4:20: models.m.pricing.input_per_million: is missing; add "input_per_million" here
! 4:20: models.m.pricing.output_per_million: is missing; add "output_per_million" here
! 4:41: models.m.chain[0].model: is missing; add "model" here
! 4:43: models.m.chain[0].provider: names an unknown provider: "corf"; did you mean "crof"?
! 5:9: keys.a.plan: is missing; add "plan" here
! 5:14: keys.a.key: must be rk_ followed by 64 lowercase hexadecimal digits; generate one with: echo rk_$(openssl rand -hex 32)
"#;
