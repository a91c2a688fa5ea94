//! What the adapter offers: it answers to any name, so the list is an example.

use jackfield_plugin_sdk::canonical::{ListedModel, ModelList};

/// The complete list.
pub fn answer() -> ModelList {
    ModelList::of([ListedModel::of("echo").owned_by("jackfield")])
}
