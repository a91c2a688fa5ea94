//! Attacks: nobody gets in, nothing is free, nothing is held for ever.

mod http_rules;
mod journal;
mod names_and_keys;
