//! What is sent and answered below `/admin/api`, for the API's description.

pub(in crate::edge) use super::api::Me;
pub(in crate::edge) use super::audit::AuditLog;
pub(in crate::edge) use super::keys::{KeyChange, KeyList, KeyShown, MadeKey, NewKey, RevokedKey};
pub(in crate::edge) use super::live::{InFlightList, InFlightShown};
pub(in crate::edge) use super::models::ModelList;
pub(in crate::edge) use super::operate::{Draining, Reloaded};
pub(in crate::edge) use super::playground::{Trial, TrialResult};
pub(in crate::edge) use super::plugin_change::PluginPut;
pub(in crate::edge) use super::plugins::{PutBack, VersionList};
pub(in crate::edge) use super::providers::ProviderList;
pub(in crate::edge) use super::snapshot::SnapshotShown;
pub(in crate::edge) use super::usage::{GROUPS, UsageReport};
pub(in crate::edge) use super::users::{Addition, NewUser, PlanList, RemovedUser, UserChange, UserList, UserShown};
