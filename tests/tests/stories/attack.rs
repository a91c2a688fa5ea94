//! What an attacker tries, one theme a file: nobody gets in, nothing is free, nothing is held for ever.

mod breakers;
mod forged_lines;
mod http_rules;
mod journal;
mod names_and_keys;
mod raw;
mod siege;
mod upstreams;
mod web_pages;
