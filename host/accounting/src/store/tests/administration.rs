//! What operators do to accounts, on both databases.

use super::{Database, new_key, on_both};
use crate::store::{AuditEntry, Change, Looked, Store, StoreError};

on_both!(
    a_disabled_user_has_no_key_that_is_found,
    a_removed_user_is_in_no_list_and_their_keys_are_revoked,
    who_is_added_again_begins_anew,
    a_token_brings_no_removed_user_back,
    the_audit_log_is_read_from_the_newest_entry_on,
);

async fn with_ada(database: &Database) -> Store {
    let store = database.open().await;
    store.add_user("ada", "free", 5, 1).await.unwrap();
    store.create_key(new_key(1, "ada"), 2).await.unwrap();
    store
}

/// Whether the key of [`with_ada`] is found.
async fn is_found(store: &Store) -> bool {
    matches!(
        store.key_by_hash(&new_key(1, "ada").hash).await.unwrap(),
        Looked::Active(_)
    )
}

async fn a_disabled_user_has_no_key_that_is_found(database: Database) {
    let store = with_ada(&database).await;
    let revision = store.revision().await.unwrap();
    store.set_disabled("ada", true, 9).await.unwrap();
    assert_eq!(store.user("ada").await.unwrap().unwrap().disabled_at, Some(9));
    assert!(!is_found(&store).await);
    let changes = store.changes_since(revision).await.unwrap();
    assert_eq!(changes.users.len(), 1, "other nodes learn of it");
    store.set_disabled("ada", false, 10).await.unwrap();
    assert!(is_found(&store).await);
    let nobody = store.set_disabled("bob", true, 9).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
}

async fn a_removed_user_is_in_no_list_and_their_keys_are_revoked(database: Database) {
    let store = with_ada(&database).await;
    let revision = store.revision().await.unwrap();
    assert_eq!(store.remove_user("ada", 9).await, Ok(1));
    assert_eq!(store.users().await.unwrap(), []);
    assert_eq!(store.user("ada").await.unwrap(), None);
    assert!(!is_found(&store).await);
    let changes = store.changes_since(revision).await.unwrap();
    assert_eq!((changes.users.len(), changes.keys.len()), (1, 1));
    let refused = [
        store.remove_user("ada", 10).await.map(drop),
        store.set_plan("ada", "max").await,
        store.add_credits("ada", 1).await.map(drop),
        store.set_disabled("ada", false, 10).await,
        store.create_key(new_key(2, "ada"), 10).await.map(drop),
    ];
    for outcome in refused {
        assert!(matches!(outcome, Err(StoreError::NotFound { .. })), "{outcome:?}");
    }
}

async fn who_is_added_again_begins_anew(database: Database) {
    let store = with_ada(&database).await;
    store.remove_user("ada", 9).await.unwrap();
    let anew = store.add_user("ada", "max", 7, 10).await.unwrap();
    assert_eq!(store.user("ada").await.unwrap(), Some(anew));
    assert!(!is_found(&store).await, "their earlier keys stay revoked");
    assert!(store.add_user("ada", "max", 7, 11).await.is_err());
}

async fn a_token_brings_no_removed_user_back(database: Database) {
    let store = with_ada(&database).await;
    store.remove_user("ada", 9).await.unwrap();
    let revision = store.revision().await.unwrap();
    for plan in ["free", "max"] {
        let user = store.upsert_user("ada", plan, 10).await.unwrap();
        assert_eq!(user.disabled_at, Some(9));
    }
    assert_eq!(store.revision().await.unwrap(), revision, "nothing is written");
}

async fn the_audit_log_is_read_from_the_newest_entry_on(database: Database) {
    let store = database.open().await;
    let change = |subject: &str| Change {
        actor: "ops".to_owned(),
        action: "user.set-plan".to_owned(),
        subject: subject.to_owned(),
        before: Some("{\"plan\":\"free\"}".to_owned()),
        after: None,
    };
    for (time, subject) in [(1, "ada"), (2, "bob"), (3, "eve")] {
        store.note_change(change(subject), time).await.unwrap();
    }
    let latest: Vec<AuditEntry> = store.audit(None, 2).await.unwrap();
    let told: Vec<_> = latest
        .iter()
        .map(|entry| (entry.time, entry.change.subject.as_str()))
        .collect();
    assert_eq!(told, [(3, "eve"), (2, "bob")]);
    let earlier = store.audit(Some(latest[1].id), 2).await.unwrap();
    assert_eq!(earlier.len(), 1);
    assert_eq!(earlier[0].change, change("ada"));
}
