//! What an attacker tries, one theme a file: nobody gets in, nothing is free, nothing is held for ever.

mod absurd_usage;
mod bodies;
mod breakers;
mod clients;
mod connections;
mod egress;
mod extras;
mod forged_lines;
mod free;
mod holds;
mod http_rules;
mod journal;
mod manifests;
mod names_and_keys;
mod raw;
mod redaction;
mod siege;
mod unread;
mod upstreams;
mod web_pages;
