//! What operators see and change: `GET /admin/snapshot`, and the API below `/admin/api`.
//!
//! Reading order: [`api`] is the table of paths; [`snapshot`], [`providers`], [`models`], [`live`], [`usage`], [`export`] and
//! [`audit`] tell; [`users`] and [`keys`] change accounts (by an [`account_change`], with what [`accounts`] have in common),
//! [`plugins`] what is in the folder (by a [`plugin_change`]), [`operate`] the process, and [`playground`] sends a request: its
//! body is read by a [`trial_answer`], passed on by a [`trial_stream`], and shown with what was [`tried`].
//! [`page`] is what shows all that. [`shapes`] lists what is sent, for the description.

mod account_change;
mod accounts;
pub(super) mod api;
mod audit;
mod export;
mod key_terms;
mod keys;
mod listing;
mod live;
mod models;
mod operate;
pub(super) mod page;
mod playground;
mod plugin_change;
mod plugins;
mod providers;
mod rejected;
pub(super) mod shapes;
mod snapshot;
mod targets;
mod trial_answer;
mod trial_stream;
mod tried;
mod usage;
mod users;

pub(crate) use operate::Controls;
