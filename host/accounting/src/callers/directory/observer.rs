//! Who is notified of what a directory reads.

use std::sync::Arc;

use crate::store::{Spent, User};

/// Is notified of what the directory reads. Calls must not block.
pub trait Observer: Send + Sync {
    /// A user was read from the database, with their balance at that moment.
    fn read(&self, user: &User);
    /// Another node was asked to end this user's running streams, at this time in milliseconds since 1970. Streams that
    /// began later are not meant.
    fn killed(&self, user: &str, at: i64);
    /// This user was disabled or removed, here or elsewhere: what they have in flight must end.
    fn barred(&self, user: &str);
    /// The key with this id was revoked, here or elsewhere: what was begun with it must end.
    fn revoked(&self, key: &str);
    /// What a key with a budget had spent at this time, in milliseconds since 1970, was read from the database.
    fn spent(&self, key: &Arc<str>, spent: Spent, now: i64);
}

/// Ignores everything.
impl Observer for () {
    fn read(&self, _: &User) {}

    fn killed(&self, _: &str, _: i64) {}

    fn barred(&self, _: &str) {}

    fn revoked(&self, _: &str) {}

    fn spent(&self, _: &Arc<str>, _: Spent, _: i64) {}
}
