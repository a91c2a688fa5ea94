//! What the store promises, on both databases.

use std::os::unix::fs::PermissionsExt;

use tokio::task::JoinSet;

use super::{Database, new_key, on_both};
use crate::store::{Key, KeyTerms, Looked, NewKey, Store, StoreError, StreamKill, User};

on_both!(
    a_user_is_stored_as_added,
    a_user_is_added_once,
    plans_and_credits_change_only_for_existing_users,
    concurrent_additions_of_credits_all_count,
    the_user_of_a_token_is_created_and_follows_its_plan,
    many_users_are_read_in_one_call,
    a_key_is_found_by_its_hash_until_it_is_revoked,
    a_user_has_no_more_keys_than_they_may,
    a_user_revokes_only_their_own_keys,
    concurrently_created_keys_are_all_there,
    no_two_keys_share_a_hash,
    invalid_values_are_refused,
    every_change_is_reported_once_with_its_revision,
    reads_and_refused_changes_do_not_raise_the_revision,
    two_nodes_may_migrate_at_the_same_time,
    a_store_that_is_opened_again_has_everything,
    a_closed_store_is_unavailable,
);

fn not_found(what: &'static str, id: &str) -> StoreError {
    let id = id.to_owned();
    StoreError::NotFound { what, id }
}

async fn with_ada(database: &Database) -> Store {
    let store = database.open().await;
    store.add_user("ada", "free", 0, 1).await.unwrap();
    store
}

async fn a_user_is_stored_as_added(database: Database) {
    let store = database.open().await;
    let added = store.add_user("zoë", "max", 2_500_000, 7).await.unwrap();
    let expected = User {
        id: "zoë".to_owned(),
        plan: "max".to_owned(),
        balance: 2_500_000,
        created_at: 7,
        disabled_at: None,
    };
    assert_eq!(added, expected);
    assert_eq!(store.user("zoë").await.unwrap(), Some(expected.clone()));
    assert_eq!(store.user("nobody").await.unwrap(), None);
    let ada = store.add_user("ada", "free", 0, 8).await.unwrap();
    assert_eq!(store.users().await.unwrap(), [ada, expected]);
}

async fn a_user_is_added_once(database: Database) {
    let store = with_ada(&database).await;
    let revision = store.revision().await.unwrap();
    let again = store.add_user("ada", "max", 1, 2).await.unwrap_err();
    assert_eq!(again.to_string(), "user \"ada\" already exists");
    assert_eq!(store.user("ada").await.unwrap().unwrap().plan, "free");
    assert_eq!(store.revision().await.unwrap(), revision);
}

async fn plans_and_credits_change_only_for_existing_users(database: Database) {
    let store = with_ada(&database).await;
    store.set_plan("ada", "max").await.unwrap();
    assert_eq!(store.add_credits("ada", 1_500_000).await, Ok(1_500_000));
    assert_eq!(store.add_credits("ada", -2_000_000).await, Ok(-500_000));
    let ada = store.user("ada").await.unwrap().unwrap();
    assert_eq!((ada.plan.as_str(), ada.balance), ("max", -500_000));
    let bob = Err(not_found("user", "bob"));
    assert_eq!(store.set_plan("bob", "max").await, bob);
    assert_eq!(store.add_credits("bob", 1).await, Err(not_found("user", "bob")));
}

async fn concurrent_additions_of_credits_all_count(database: Database) {
    let nodes = [with_ada(&database).await, database.open().await];
    let mut additions = JoinSet::new();
    for (amount, node) in (-20..40_i64).zip(nodes.iter().cycle()) {
        let node = node.clone();
        additions.spawn(async move { node.add_credits("ada", amount).await.unwrap() });
    }
    assert_eq!(additions.join_all().await.len(), 60);
    let ada = nodes[0].user("ada").await.unwrap().unwrap();
    assert_eq!(ada.balance, (-20..40).sum::<i64>());
}

async fn the_user_of_a_token_is_created_and_follows_its_plan(database: Database) {
    let store = database.open().await;
    let made = store.upsert_user("ada", "free", 5).await.unwrap();
    assert_eq!((made.plan.as_str(), made.balance), ("free", 0));
    store.add_credits("ada", 9).await.unwrap();
    let revision = store.revision().await.unwrap();
    let same = store.upsert_user("ada", "free", 6).await.unwrap();
    assert_eq!((same.balance, same.created_at), (9, 5));
    assert_eq!(store.revision().await.unwrap(), revision, "nothing changed");
    let other = store.upsert_user("ada", "max", 7).await.unwrap();
    assert_eq!((other.plan.as_str(), other.balance), ("max", 9));
    assert_eq!(store.revision().await.unwrap(), revision + 1);
}

async fn many_users_are_read_in_one_call(database: Database) {
    let store = with_ada(&database).await;
    store.add_user("bob", "max", 3, 1).await.unwrap();
    let mut ids: Vec<String> = (0..1200).map(|number| format!("user{number}")).collect();
    ids.insert(0, "ada".to_owned());
    ids.push("bob".to_owned());
    let mut found = store.users_of(ids).await.unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(found, store.users().await.unwrap());
}

async fn a_key_is_found_by_its_hash_until_it_is_revoked(database: Database) {
    let store = with_ada(&database).await;
    let key = store.create_key(new_key(1, "ada"), 10).await.unwrap();
    let expected = Key {
        id: "key_1".to_owned(),
        user: "ada".to_owned(),
        prefix: "rk_1".to_owned(),
        name: "ci".to_owned(),
        created_at: 10,
        last_used_at: None,
        revoked_at: None,
        terms: KeyTerms::default(),
    };
    assert_eq!(key, expected);
    let keys = store.keys_of("ada").await.unwrap();
    assert_eq!(keys, std::slice::from_ref(&expected));
    let Looked::Active(owned) = store.key_by_hash(&[1; 32]).await.unwrap() else {
        panic!("it is active");
    };
    assert_eq!((owned.key.as_str(), owned.user.plan.as_str()), ("key_1", "free"));
    assert_eq!(store.key_by_hash(&[2; 32]).await, Ok(Looked::Nothing));
    assert_eq!(store.revoke_key("key_1", None, 11).await, Ok([1; 32]));
    assert_eq!(store.key_by_hash(&[1; 32]).await, Ok(Looked::Revoked));
    let again = store.revoke_key("key_1", None, 12).await;
    assert_eq!(again, Err(not_found("key", "key_1")));
    assert_eq!(store.keys_of("ada").await.unwrap(), []);
    let revoked = Key {
        revoked_at: Some(11),
        ..expected
    };
    assert_eq!(store.keys().await.unwrap(), [revoked]);
}

async fn a_user_revokes_only_their_own_keys(database: Database) {
    let store = with_ada(&database).await;
    store.add_user("bob", "free", 0, 1).await.unwrap();
    store.create_key(new_key(1, "ada"), 10).await.unwrap();
    for id in ["key_1", "key_2", "", "a\0b"] {
        let refused = store.revoke_key(id, Some("bob"), 11).await;
        assert_eq!(refused, Err(not_found("key", id)));
    }
    assert_eq!(store.revoke_key("key_1", Some("ada"), 12).await, Ok([1; 32]));
}

async fn concurrently_created_keys_are_all_there(database: Database) {
    let nodes = [with_ada(&database).await, database.open().await];
    let mut makers = JoinSet::new();
    for number in 0..40 {
        let node = nodes[usize::from(number % 2)].clone();
        makers.spawn(async move { node.create_key(new_key(number, "ada"), 1).await.unwrap() });
    }
    makers.join_all().await;
    assert_eq!(nodes[0].keys_of("ada").await.unwrap().len(), 40);
    assert_eq!(nodes[1].revision().await.unwrap(), 41);
}

async fn a_user_has_no_more_keys_than_they_may(database: Database) {
    let nodes = [with_ada(&database).await, database.open().await];
    let limited = |number: u8| NewKey {
        most: Some(3),
        ..new_key(number, "ada")
    };
    let mut makers = JoinSet::new();
    for number in 0..12 {
        let node = nodes[usize::from(number % 2)].clone();
        makers.spawn(async move { node.create_key(limited(number), 1).await });
    }
    let made = makers.join_all().await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 3);
    let keys = nodes[0].keys_of("ada").await.unwrap();
    assert_eq!(keys.len(), 3);
    let refused = nodes[0].create_key(limited(20), 1).await.unwrap_err();
    let expected = "ada already has 3 keys, which is as many as a user may have; revoke one first";
    assert_eq!(refused.to_string(), expected);
    nodes[1].add_user("bob", "free", 0, 1).await.unwrap();
    let bobs = NewKey {
        user: "bob".to_owned(),
        ..limited(21)
    };
    nodes[0].create_key(bobs, 1).await.unwrap();
    nodes[0].revoke_key(&keys[0].id, None, 2).await.unwrap();
    nodes[0].create_key(limited(22), 3).await.unwrap();
    nodes[0].create_key(new_key(23, "ada"), 3).await.unwrap();
}

async fn no_two_keys_share_a_hash(database: Database) {
    let store = with_ada(&database).await;
    store.create_key(new_key(1, "ada"), 1).await.unwrap();
    let mut same = new_key(2, "ada");
    same.hash = [1; 32];
    let refused = store.create_key(same, 1).await.unwrap_err();
    assert_eq!(refused.to_string(), "key \"key_2\" already exists");
    let nobodys = store.create_key(new_key(3, "bob"), 1).await;
    assert_eq!(nobodys, Err(not_found("user", "bob")));
}

async fn invalid_values_are_refused(database: Database) {
    let store = with_ada(&database).await;
    for (id, problem) in [
        ("", "is empty"),
        ("a\nb", "contains a control character"),
        ("a\0", "contains a control character"),
        (
            "a\u{202e}b",
            "contains an invisible character or one that changes the direction of text",
        ),
        (" a", "begins or ends with a space"),
        (&"a".repeat(256), "is longer than 255 bytes"),
    ] {
        let refused = store.add_user(id, "free", 0, 1).await.unwrap_err();
        let expected = format!("user: {problem}; use 1 to 255 visible characters");
        assert_eq!(refused.to_string(), expected);
        assert!(store.upsert_user(id, "free", 1).await.is_err());
        assert!(store.set_plan("ada", id).await.is_err());
        let mut key = new_key(1, "ada");
        key.name = id.to_owned();
        assert!(store.create_key(key, 1).await.is_err());
    }
    let billion = 1_000_000_000 * 1_000_000;
    let too_much = store.add_credits("ada", billion + 1).await.unwrap_err();
    let expected = "credits: is too large; use an amount of at most 1000000000 credits";
    assert_eq!(too_much.to_string(), expected);
    for _ in 0..1000 {
        store.add_credits("ada", billion).await.unwrap();
    }
    assert!(store.add_credits("ada", 1).await.is_err());
    let ada = store.user("ada").await.unwrap().unwrap();
    assert_eq!(ada.balance, 1000 * billion);
}

async fn every_change_is_reported_once_with_its_revision(database: Database) {
    let (store, other) = (with_ada(&database).await, database.open().await);
    store.create_key(new_key(1, "ada"), 1).await.unwrap();
    store.kill_streams("ada", 1).await.unwrap();
    let changes = other.changes_since(0).await.unwrap();
    assert_eq!(changes.revision, 3);
    assert_eq!(changes.users, store.users().await.unwrap());
    assert_eq!(changes.keys, [[1; 32]]);
    let (user, revision) = ("ada".to_owned(), 3);
    assert_eq!(changes.kills, [StreamKill { user, at: 1, revision }]);

    assert_eq!(store.kill_streams("ada", 2).await, Ok(4));
    store.revoke_key("key_1", None, 2).await.unwrap();
    store.set_plan("ada", "max").await.unwrap();
    let changes = other.changes_since(3).await.unwrap();
    assert_eq!((changes.revision, changes.users[0].plan.as_str()), (6, "max"));
    assert_eq!(changes.keys, [[1; 32]]);
    let (user, revision) = ("ada".to_owned(), 4);
    assert_eq!(changes.kills, [StreamKill { user, at: 2, revision }]);
}

async fn reads_and_refused_changes_do_not_raise_the_revision(database: Database) {
    let store = with_ada(&database).await;
    let changes = store.changes_since(1).await.unwrap();
    assert_eq!(changes.revision, 1);
    assert!(changes.users.is_empty() && changes.keys.is_empty() && changes.kills.is_empty());
}

async fn two_nodes_may_migrate_at_the_same_time(database: Database) {
    let mut nodes = JoinSet::new();
    for _ in 0..6 {
        let (url, folder) = (database.url().to_owned(), database.folder().to_owned());
        nodes.spawn(async move { Store::open(&url, &folder).await.unwrap() });
    }
    for node in nodes.join_all().await {
        assert_eq!(node.revision().await, Ok(0));
    }
}

async fn a_store_that_is_opened_again_has_everything(database: Database) {
    with_ada(&database).await.close().await;
    let again = database.open().await;
    assert_eq!(again.users().await.unwrap().len(), 1);
    assert_eq!(again.revision().await, Ok(1));
}

async fn a_closed_store_is_unavailable(database: Database) {
    let store = with_ada(&database).await;
    store.close().await;
    let refused = store.user("ada").await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let refused = store.add_credits("ada", 1).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn the_sqlite_file_is_readable_only_by_this_user() {
    let database = Database::sqlite();
    database.open().await;
    let file = database.folder().join("test.db");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let refused = Store::open("sqlite:no/such/a.db", folder.path()).await;
    let told = refused.unwrap_err().to_string();
    let place = folder.path().join("no/such/a.db");
    let expected = format!(
        "the database is not available: {} cannot be opened: No such file or directory (os error 2)",
        place.display()
    );
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_password_is_in_no_error_and_no_debug_print() {
    for url in [
        "postgres://u:hunter2@127.0.0.1:99999/db",
        "postgres://u:hunter2@[::/db",
        "postgres://u:hunter2@127.0.0.1:1/db",
        "postgres://u:hunter2@127.0.0.1:1/db?sslmode=hunter2",
    ] {
        let folder = tempfile::TempDir::new().unwrap();
        let refused = Store::open(url, folder.path()).await.unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused}");
    }
    let database = Database::sqlite();
    assert_eq!(format!("{:?}", database.open().await), "Store(Sqlite)");
}
