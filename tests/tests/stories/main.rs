//! End-to-end stories: real sockets, the real host, real plugins, and upstreams that do what each story needs.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the story")]

mod accepts;
mod account_tokens;
mod accounting;
mod admin;
mod api;
mod attack;
mod balance;
mod breaker;
mod broken_replies;
mod broken_streams;
mod chain;
mod chat;
mod compressed;
mod config_files;
mod connections;
mod contract;
mod credentials;
mod drain;
mod faults;
mod hang_up;
mod heads_ahead;
mod hot_swap;
mod jobs;
mod keys;
mod plugin_files;
mod prompts;
mod retry;
mod rollback;
mod sandbox;
mod scene;
mod secrets;
mod server_limits;
mod several_keys;
mod shapers;
mod signals;
mod signed;
mod soak;
mod sources;
mod streams;
mod timeouts;
mod truncation;
mod trust;
mod upstream_http;
mod upstream_proxy;
