//! What the directory caches, drops and refuses, on both databases. Time is a value.

use std::sync::Mutex as StdMutex;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::callers::{Issued, Order, issue};
use crate::store::tests::{Database, on_both};
use crate::store::{KeyTerms, Spent, User};

on_both!(
    a_known_key_needs_no_database,
    an_unknown_key_is_looked_up_once_in_a_while,
    a_new_key_is_valid_at_once_on_the_node_that_created_it,
    a_key_that_was_unknown_is_valid_after_one_poll,
    a_revoked_key_is_refused_at_once_here_and_after_one_poll_elsewhere,
    a_changed_key_has_its_terms_at_once_here_and_after_one_poll_elsewhere,
    a_key_is_refused_with_the_reason,
    what_keys_with_a_budget_have_spent_is_read_and_read_again,
    a_new_plan_reaches_keys_and_tokens_after_one_poll,
    a_change_of_one_user_leaves_the_others_cached,
    known_callers_are_served_for_five_minutes_without_the_database,
    a_token_creates_its_user_and_two_plans_do_not_alternate,
    a_token_of_a_disabled_user_finds_nobody,
    a_kill_is_reported_to_other_nodes_once_and_never_to_its_own,
    a_plan_that_a_token_brings_is_that_of_the_keys_made_with_it,
    the_observer_is_notified_of_every_user_read,
    who_is_disabled_and_what_is_revoked_elsewhere_is_told_here,
    a_restored_database_empties_the_caches,
    concurrent_lookups_all_get_the_caller,
    watching_reports_kills_and_drops_revoked_keys_until_stopped,
);

const SECOND: Duration = Duration::from_secs(1);

/// Records the users that it is notified of.
#[derive(Clone, Default)]
struct Recorder(Arc<StdMutex<Vec<(String, i64)>>>);

impl Observer for Recorder {
    fn read(&self, user: &User) {
        let read = (user.id.clone(), user.balance);
        self.0.lock().unwrap().push(read);
    }

    fn killed(&self, _: &str, _: i64) {}

    fn barred(&self, _: &str) {}

    fn revoked(&self, _: &str) {}

    fn spent(&self, _: &Arc<str>, _: Spent, _: i64) {}
}

impl Recorder {
    fn recorded(&self) -> Vec<(String, i64)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn directory(database: &Database) -> Directory {
    Directory::open(database.open().await, ()).await.unwrap()
}

fn order(user: &str) -> Order<'_> {
    Order {
        user,
        name: "ci",
        ..Order::default()
    }
}

async fn key_of(store: &Store, user: &str) -> Issued {
    issue(store, order(user), None, 1).await.unwrap()
}

async fn with_ada(database: &Database) -> (Directory, Issued) {
    let directory = directory(database).await;
    let store = directory.store();
    store.add_user("ada", "free", 0, 1).await.unwrap();
    let key = key_of(store, "ada").await;
    // What was created so far is not a change any more.
    directory.poll().await.unwrap();
    (directory, key)
}

fn hash(secret: &str) -> SecretHash {
    SecretHash::of(secret).unwrap()
}

fn claims(plan: &str) -> Claims {
    Claims {
        sub: "ada".to_owned(),
        plan: plan.to_owned(),
    }
}

async fn a_known_key_needs_no_database(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let secret = issued.secret.expose();
    let found = directory.find_key(hash(secret)).await.unwrap().unwrap();
    assert_eq!(
        *found,
        Caller::with_key("ada", "free", issued.key.id.as_str(), KeyTerms::default())
    );
    directory.store.close().await;
    let again = directory.find_key(hash(secret)).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&found, &again));
    let other = key_form(7);
    assert_eq!(directory.find_key(hash(&other)).await, Err(DirectoryUnavailable));
}

fn key_form(digit: u8) -> String {
    format!("rk_{}", digit.to_string().repeat(64))
}

async fn an_unknown_key_is_looked_up_once_in_a_while(database: Database) {
    let directory = directory(&database).await;
    let (now, secret) = (Instant::now(), key_form(7));
    assert_eq!(
        directory.find_key_at(hash(&secret), now).await,
        Ok(Err(KeyRefused::Unknown))
    );
    directory.store.close().await;
    let soon = now + REFUSED_FOR - SECOND;
    assert_eq!(
        directory.find_key_at(hash(&secret), soon).await,
        Ok(Err(KeyRefused::Unknown))
    );
    let later = now + REFUSED_FOR;
    let asked = directory.find_key_at(hash(&secret), later).await;
    assert_eq!(asked, Err(DirectoryUnavailable));
}

async fn a_new_key_is_valid_at_once_on_the_node_that_created_it(database: Database) {
    let (directory, _) = with_ada(&database).await;
    let new = key_of(directory.store(), "ada").await;
    let found = directory.find_key(hash(new.secret.expose())).await.unwrap();
    assert_eq!(&*found.unwrap().user, "ada");
}

async fn a_key_that_was_unknown_is_valid_after_one_poll(database: Database) {
    let (directory, _) = with_ada(&database).await;
    let secret = key_form(7);
    assert_eq!(directory.find_key(hash(&secret)).await, Ok(Err(KeyRefused::Unknown)));
    let key = crate::store::NewKey {
        id: "key_7".to_owned(),
        user: "ada".to_owned(),
        hash: *SecretHash::of(&secret).unwrap().as_bytes(),
        prefix: "rk_77777777".to_owned(),
        name: "ci".to_owned(),
        terms: KeyTerms::default(),
        most: None,
    };
    directory.store().create_key(key, 1).await.unwrap();
    assert_eq!(directory.find_key(hash(&secret)).await, Ok(Err(KeyRefused::Unknown)));
    directory.poll().await.unwrap();
    assert!(directory.find_key(hash(&secret)).await.unwrap().is_ok());
}

async fn a_revoked_key_is_refused_at_once_here_and_after_one_poll_elsewhere(database: Database) {
    let (here, issued) = with_ada(&database).await;
    let elsewhere = directory(&database).await;
    let secret = issued.secret.expose();
    for node in [&here, &elsewhere] {
        assert!(node.find_key(hash(secret)).await.unwrap().is_ok());
    }
    let (id, now) = (issued.key.id.as_str(), SystemTime::now());
    let refused = here.revoke_key(id, Some("bob"), now).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    assert!(here.find_key(hash(secret)).await.unwrap().is_ok());

    here.revoke_key(id, Some("ada"), now).await.unwrap();
    assert_eq!(here.find_key(hash(secret)).await, Ok(Err(KeyRefused::Revoked)));
    assert!(elsewhere.find_key(hash(secret)).await.unwrap().is_ok());
    elsewhere.poll().await.unwrap();
    assert_eq!(elsewhere.find_key(hash(secret)).await, Ok(Err(KeyRefused::Revoked)));
}

async fn a_changed_key_has_its_terms_at_once_here_and_after_one_poll_elsewhere(database: Database) {
    let (here, issued) = with_ada(&database).await;
    let elsewhere = directory(&database).await;
    let secret = issued.secret.expose();
    let models = async |node: &Directory| {
        let caller = node.find_key(hash(secret)).await.unwrap().unwrap();
        caller
            .terms
            .as_ref()
            .map(|terms| terms.models.clone())
            .unwrap_or_default()
    };
    for node in [&here, &elsewhere] {
        assert!(models(node).await.is_empty());
    }
    let terms = KeyTerms {
        models: vec!["a".to_owned()],
        ..KeyTerms::default()
    };
    let changed = here.change_key(&issued.key, "night", &terms).await.unwrap().unwrap();
    assert_eq!((changed.name.as_str(), &changed.terms), ("night", &terms));
    assert_eq!(here.store().active_key(&changed.id).await.unwrap(), changed);
    assert_eq!(models(&here).await, ["a"]);
    assert!(models(&elsewhere).await.is_empty());
    elsewhere.poll().await.unwrap();
    assert_eq!(models(&elsewhere).await, ["a"]);
    // Who still sees the key as it was changes nothing.
    let late = here.change_key(&issued.key, "day", &KeyTerms::default()).await;
    assert_eq!(late, Ok(None));
    let unnamed = here.change_key(&changed, "", &terms).await;
    assert!(
        matches!(unnamed, Err(StoreError::Invalid { field: "name", .. })),
        "{unnamed:?}"
    );
    assert_eq!(models(&here).await, ["a"]);
    here.revoke_key(&changed.id, None, SystemTime::now()).await.unwrap();
    let revoked = here.change_key(&changed, "day", &terms).await;
    assert!(matches!(revoked, Err(StoreError::NotFound { .. })), "{revoked:?}");
    let unheard = here.store().active_key("a\0b").await;
    assert!(matches!(unheard, Err(StoreError::NotFound { .. })), "{unheard:?}");
}

async fn a_key_is_refused_with_the_reason(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let store = directory.store();
    let why = async |secret: &str| directory.find_key(hash(secret)).await.unwrap().unwrap_err();
    let terms = KeyTerms {
        expires_at: Some(1),
        ..KeyTerms::default()
    };
    let over = Order { terms, ..order("ada") };
    let over = issue(store, over, None, 1).await.unwrap();
    assert_eq!(why(over.secret.expose()).await, KeyRefused::Expired);
    store.set_disabled("ada", true, 1).await.unwrap();
    directory.poll().await.unwrap();
    assert_eq!(why(issued.secret.expose()).await, KeyRefused::Disabled);
    directory
        .revoke_key(&issued.key.id, None, SystemTime::now())
        .await
        .unwrap();
    assert_eq!(why(issued.secret.expose()).await, KeyRefused::Revoked);
}

/// Keeps what keys have spent.
#[derive(Clone, Default)]
struct Bills(Arc<std::sync::Mutex<Vec<(String, i64)>>>);

impl Observer for Bills {
    fn read(&self, _: &User) {}

    fn killed(&self, _: &str, _: i64) {}

    fn barred(&self, _: &str) {}

    fn revoked(&self, _: &str) {}

    fn spent(&self, key: &Arc<str>, spent: Spent, _: i64) {
        self.0.lock().unwrap().push((key.to_string(), spent.total));
    }
}

async fn what_keys_with_a_budget_have_spent_is_read_and_read_again(database: Database) {
    let bills = Bills::default();
    let directory = Directory::open(database.open().await, bills.clone()).await.unwrap();
    let store = directory.store();
    store.add_user("ada", "free", 0, 1).await.unwrap();
    let mut secrets = Vec::new();
    for most in [Some(5), Some(7), None] {
        let mut order = order("ada");
        order.terms.budget.total = most;
        let issued = issue(store, order, None, 1).await.unwrap();
        let sql = format!(
            "INSERT INTO key_spending (key_id, day, credits) VALUES ('{}', 3, 4)",
            issued.key.id
        );
        sqlx::query(&sql).execute(store.pool()).await.unwrap();
        secrets.push(issued);
    }
    // What is cached before a change is seen is dropped with it.
    directory.poll().await.unwrap();
    for issued in &secrets {
        directory.find_key(issued.secret.hash()).await.unwrap().unwrap();
    }
    let taken = || std::mem::take(&mut *bills.0.lock().unwrap());
    let bill = |issued: &Issued| (issued.key.id.clone(), 4);
    assert_eq!(
        taken(),
        [bill(&secrets[0]), bill(&secrets[1])],
        "the third has no budget"
    );
    directory.read_spendings().await.unwrap();
    let mut again = taken();
    again.sort();
    let mut both = [bill(&secrets[0]), bill(&secrets[1])];
    both.sort();
    assert_eq!(again, both);
    let renamed = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        sqlx::query(&sql).execute(store.pool()).await.unwrap();
    };
    renamed("key_spending", "away").await;
    assert!(!directory.round(true).await, "it is still due");
    renamed("away", "key_spending").await;
    assert!(directory.round(true).await);
    assert_eq!(taken().len(), 2);
}

async fn a_new_plan_reaches_keys_and_tokens_after_one_poll(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let secret = issued.secret.expose();
    directory.find_key(hash(secret)).await.unwrap().unwrap();
    directory.find_user(&claims("free")).await.unwrap();
    directory.store().set_plan("ada", "max").await.unwrap();
    directory.poll().await.unwrap();
    let found = directory.find_key(hash(secret)).await.unwrap().unwrap();
    assert_eq!(&*found.plan, "max");
    assert!(directory.token_users.get("ada").is_none());
}

async fn a_change_of_one_user_leaves_the_others_cached(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let store = directory.store();
    store.add_user("bob", "free", 0, 1).await.unwrap();
    let other = key_of(store, "bob").await;
    directory.poll().await.unwrap();
    let secret = issued.secret.expose();
    let known = directory.find_key(hash(secret)).await.unwrap().unwrap();
    directory.find_key(hash(other.secret.expose())).await.unwrap().unwrap();
    store.set_plan("bob", "max").await.unwrap();
    directory.poll().await.unwrap();
    assert!(directory.keys.get(&other.secret.hash()).is_none());
    let kept = directory.keys.get(&issued.secret.hash()).unwrap();
    assert!(Arc::ptr_eq(&known, &kept));
}

async fn known_callers_are_served_for_five_minutes_without_the_database(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let secret = issued.secret.expose();
    directory.find_key(hash(secret)).await.unwrap().unwrap();
    directory.find_user(&claims("free")).await.unwrap();
    let now = Instant::now();
    directory.poll_at(now).await.unwrap();
    directory.store.close().await;
    assert_eq!(directory.poll_at(now + SECOND).await, Err(DirectoryUnavailable));

    let before = now + STALE_FOR - SECOND;
    assert!(directory.find_key_at(hash(secret), before).await.is_ok());
    let user = claims("free");
    assert!(directory.find_user_at(&user, before).await.is_ok());
    let after = now + STALE_FOR;
    assert_eq!(
        directory.find_key_at(hash(secret), after).await,
        Err(DirectoryUnavailable)
    );
    assert!(directory.find_user_at(&user, after).await.is_err());
}

async fn a_token_creates_its_user_and_two_plans_do_not_alternate(database: Database) {
    let directory = directory(&database).await;
    let (free, max, now) = (claims("free"), claims("max"), Instant::now());
    let found = directory.find_user_at(&free, now).await.unwrap().unwrap();
    assert_eq!(*found, Caller::without_key("ada", "free", CredentialKind::Token));
    let again = directory.find_user_at(&free, now).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&found, &again));

    let plan = async || directory.store.user("ada").await.unwrap().unwrap().plan;
    assert_eq!(plan().await, "free");
    let other = directory.find_user_at(&max, now + SECOND).await.unwrap().unwrap();
    assert_eq!((&*other.plan, plan().await.as_str()), ("max", "free"));
    let later = now + PLAN_SETTLED_FOR;
    let other = directory.find_user_at(&max, later).await.unwrap().unwrap();
    assert_eq!((&*other.plan, plan().await.as_str()), ("max", "max"));
}

async fn a_token_of_a_disabled_user_finds_nobody(database: Database) {
    let directory = directory(&database).await;
    let now = Instant::now();
    assert!(directory.find_user_at(&claims("free"), now).await.unwrap().is_some());
    directory.store().set_disabled("ada", true, 1).await.unwrap();
    directory.poll().await.unwrap();
    assert_eq!(directory.find_user_at(&claims("free"), now).await, Ok(None));
    assert_eq!(directory.find_known("ada").await, Ok(None));
    directory.store().set_disabled("ada", false, 2).await.unwrap();
    directory.poll().await.unwrap();
    assert!(directory.find_user_at(&claims("free"), now).await.unwrap().is_some());
}

async fn a_plan_that_a_token_brings_is_that_of_the_keys_made_with_it(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let (free, max, now) = (claims("free"), claims("max"), Instant::now());
    directory.find_user_at(&free, now).await.unwrap();
    let plan = async |secret: &str| {
        directory
            .find_key(hash(secret))
            .await
            .unwrap()
            .unwrap()
            .plan
            .to_string()
    };
    assert_eq!(plan(issued.secret.expose()).await, "free");
    let caller = directory.find_user_at(&max, now + SECOND).await.unwrap().unwrap();
    directory.adopt_plan(&caller, SystemTime::now()).await.unwrap();
    let new = key_of(directory.store(), "ada").await;
    assert_eq!(plan(new.secret.expose()).await, "max");
    assert_eq!(
        plan(issued.secret.expose()).await,
        "max",
        "also the keys that were known"
    );

    let later = now + PLAN_SETTLED_FOR;
    directory.find_user_at(&free, later).await.unwrap();
    directory.find_user_at(&max, later + PLAN_SETTLED_FOR).await.unwrap();
    assert_eq!(plan(new.secret.expose()).await, "max");
}

async fn a_kill_is_reported_to_other_nodes_once_and_never_to_its_own(database: Database) {
    let (here, _) = with_ada(&database).await;
    here.kill_streams("ada", SystemTime::now()).await.unwrap();
    let elsewhere = directory(&database).await;
    assert!(elsewhere.poll().await.unwrap().is_empty(), "long over");
    here.kill_streams("ada", SystemTime::now()).await.unwrap();
    here.kill_streams("bob", SystemTime::now()).await.unwrap();
    let killed = async |directory: &Directory| {
        let kills = directory.poll().await.unwrap().into_iter();
        let mut users: Vec<String> = kills.map(|kill| kill.user).collect();
        users.sort();
        users
    };
    assert_eq!(killed(&elsewhere).await, ["ada", "bob"]);
    assert!(elsewhere.poll().await.unwrap().is_empty());
    assert!(here.poll().await.unwrap().is_empty());
    let now = SystemTime::now();
    elsewhere.kill_streams("ada", now).await.unwrap();
    assert_eq!(killed(&here).await, ["ada"]);
}

async fn the_observer_is_notified_of_every_user_read(database: Database) {
    let recorder = Recorder::default();
    let store = database.open().await;
    let directory = Directory::open(store, recorder.clone()).await.unwrap();
    let store = directory.store();
    store.add_user("ada", "free", 5, 1).await.unwrap();
    let issued = key_of(store, "ada").await;
    let ada = |balance| vec![("ada".to_owned(), balance)];
    directory.find_key(hash(issued.secret.expose())).await.unwrap().unwrap();
    assert_eq!(recorder.recorded(), ada(5));
    store.add_credits("ada", 2).await.unwrap();
    directory.poll().await.unwrap();
    assert_eq!(recorder.recorded(), ada(7));
    directory.find_user(&claims("free")).await.unwrap();
    assert_eq!(recorder.recorded(), ada(7));
    directory.read_balances().await.unwrap();
    assert_eq!(recorder.recorded(), ada(7));
}

async fn a_restored_database_empties_the_caches(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    directory.find_key(hash(issued.secret.expose())).await.unwrap().unwrap();
    directory.progress.lock().await.revision += 10;
    directory.poll().await.unwrap();
    assert!(directory.keys.get(&issued.secret.hash()).is_none());
    assert_eq!(directory.progress.lock().await.revision, 2);
}

async fn concurrent_lookups_all_get_the_caller(database: Database) {
    let (directory, issued) = with_ada(&database).await;
    let (directory, issued) = (Arc::new(directory), Arc::new(issued));
    let mut workers = JoinSet::new();
    for worker in 0..100 {
        let (directory, issued) = (Arc::clone(&directory), Arc::clone(&issued));
        workers.spawn(async move {
            let unknown = format!("rk_{worker:064}");
            let nobody = directory.find_key(hash(&unknown)).await.unwrap();
            let found = directory.find_key(hash(issued.secret.expose())).await.unwrap();
            (nobody, found.unwrap().user.to_string())
        });
    }
    let answers = workers.join_all().await;
    assert!(
        answers
            .iter()
            .all(|answer| *answer == (Err(KeyRefused::Unknown), "ada".to_owned()))
    );
}

/// Keeps who is barred, and the keys that are revoked.
#[derive(Clone, Default)]
struct Ends(Arc<StdMutex<Vec<String>>>);

impl Observer for Ends {
    fn read(&self, _: &User) {}

    fn killed(&self, _: &str, _: i64) {}

    fn barred(&self, user: &str) {
        self.0.lock().unwrap().push(user.to_owned());
    }

    fn revoked(&self, key: &str) {
        self.0.lock().unwrap().push(key.to_owned());
    }

    fn spent(&self, _: &Arc<str>, _: Spent, _: i64) {}
}

async fn who_is_disabled_and_what_is_revoked_elsewhere_is_told_here(database: Database) {
    let (there, issued) = with_ada(&database).await;
    let ends = Ends::default();
    let here = Directory::open(database.open().await, ends.clone()).await.unwrap();
    let told = async || {
        here.learn().await;
        std::mem::take(&mut *ends.0.lock().unwrap())
    };
    there.store().set_plan("ada", "max").await.unwrap();
    assert_eq!(told().await, Vec::<String>::new());
    let secret = hash(issued.secret.expose());
    assert!(here.find_key(secret).await.unwrap().is_ok());
    there.revoke_key(&issued.key.id, None, SystemTime::now()).await.unwrap();
    assert_eq!(told().await, [issued.key.id.as_str()]);
    assert_eq!(here.find_key(secret).await, Ok(Err(KeyRefused::Revoked)));
    there.store().set_disabled("ada", true, 1).await.unwrap();
    assert_eq!(told().await, ["ada"]);
    there.store().remove_user("ada", 2).await.unwrap();
    assert_eq!(told().await, ["ada"]);
}

/// Forwards kills to a channel.
struct Kills(mpsc::UnboundedSender<(String, i64)>);

impl Observer for Kills {
    fn read(&self, _: &User) {}

    fn killed(&self, user: &str, at: i64) {
        self.0.send((user.to_owned(), at)).unwrap();
    }

    fn barred(&self, _: &str) {}

    fn revoked(&self, _: &str) {}

    fn spent(&self, _: &Arc<str>, _: Spent, _: i64) {}
}

async fn watching_reports_kills_and_drops_revoked_keys_until_stopped(database: Database) {
    let (here, issued) = with_ada(&database).await;
    let (kills, mut killed) = mpsc::unbounded_channel();
    let elsewhere = Directory::open(database.open().await, Kills(kills)).await;
    let elsewhere = Arc::new(elsewhere.unwrap());
    let secret = issued.secret.expose();
    assert!(elsewhere.find_key(hash(secret)).await.unwrap().is_ok());
    let mut watching = JoinSet::new();
    let stop = CancellationToken::new();
    watching.spawn(Arc::clone(&elsewhere).watch(stop.clone()));

    let now = SystemTime::now();
    here.revoke_key(&issued.key.id, None, now).await.unwrap();
    here.kill_streams("ada", now).await.unwrap();
    assert_eq!(killed.recv().await.unwrap(), ("ada".to_owned(), unix_millis(now)));
    assert_eq!(elsewhere.find_key(hash(secret)).await, Ok(Err(KeyRefused::Revoked)));
    stop.cancel();
    watching.join_all().await;
}
