//! The public API row by row: every endpoint with every credential, plan and outcome, and what each answer looks like.

mod credits;
mod doors;
mod errors;
mod faults;
mod kills;
mod leaks;
mod limits;
mod lists;
mod messages;
mod model_pages;
mod native;
mod pages;
mod paths;
mod programs;
mod replies;
mod rows;
pub(crate) mod scene;
mod state;
pub(crate) mod tokens;
mod user_keys;
mod wildcards;
