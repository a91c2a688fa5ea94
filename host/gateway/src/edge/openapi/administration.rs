//! The API of operators.

use jackfield_config::AdminRole::{Accounts, Operate, Read};
use schemars::SchemaGenerator;
use serde_json::json;

use super::super::admin::shapes as shape;
use super::access::Access;
use super::faults::administration as fault;
use super::operation::OperationDescription;
use super::reply::ResponseDescription;

/// The operations.
pub(super) fn all(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let mut all = reading(generator);
    all.extend(records(generator));
    all.extend(lists(generator));
    let accounts = users(generator).into_iter().chain(keys(generator));
    all.extend(accounts.map(|operation| operation.fails(fault::DATABASE)));
    all.extend(operating(generator));
    all
}

fn get(path: &'static str, summary: &'static str) -> OperationDescription {
    OperationDescription::get(path, summary).access(Access::Operator(Read))
}

fn reading(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    vec![
        get("/admin/api/me", "See who one is, and what one may do")
            .reply(ResponseDescription::json::<shape::Me>(generator)),
        get(
            "/admin/api/snapshot",
            "See what is in force, and what was rejected and why",
        )
        .reply(ResponseDescription::json::<shape::SnapshotShown>(generator)),
        get(
            "/admin/api/providers",
            "List the providers with their health, breakers and latency",
        )
        .reply(ResponseDescription::json::<shape::ProviderList>(generator)),
        get("/admin/api/models", "List the models with their chains")
            .reply(ResponseDescription::json::<shape::ModelList>(generator)),
        get("/admin/api/live", "List the requests in flight on this node")
            .reply(ResponseDescription::json::<shape::InFlightList>(generator)),
    ]
}

/// What was used, and what was changed.
fn records(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let text = json!({ "type": "string" });
    let day = json!({ "type": "string", "format": "date" });
    vec![
        get("/admin/api/usage", "Add up what was used")
            .query(
                "by",
                "What to group by. Default `model`.",
                &json!({ "type": "string", "enum": shape::GROUPS }),
            )
            .query("from", "The first day in UTC. Default: the first in the ledger.", &day)
            .query("to", "The last day in UTC, inclusive. Default: today.", &day)
            .fails(&[fault::DAYS])
            .fails(fault::DATABASE)
            .reply(ResponseDescription::json::<shape::UsageReport>(generator)),
        get(
            "/admin/api/export/requests",
            "Download requests as CSV; takes what selects them at /admin/requests",
        )
        .query(
            "since",
            "The earliest arrival: a day, a time, or milliseconds since 1970.",
            &text,
        )
        .query("until", "The arrival from which on they are left out.", &text)
        .query("user", "Only this user's.", &text)
        .query("key", "Only those with this key, by its id.", &text)
        .query("model", "Only those for this model.", &text)
        .query(
            "provider",
            "Only those that this provider answered, or failed last.",
            &text,
        )
        .query("status", "Only those with this status, such as 502 or 5xx.", &text)
        .query(
            "failed",
            "Whether they failed or broke off.",
            &json!({ "type": "boolean" }),
        )
        .fails(&[fault::FILTER, fault::LEDGER])
        .reply(ResponseDescription::bytes(["text/csv"])),
        get("/admin/api/export/days", "Download the sums of each day as CSV")
            .query("from", "The first day in UTC. Default: the first in the ledger.", &day)
            .query("to", "The last day in UTC, inclusive. Default: today.", &day)
            .fails(&[fault::DAYS, fault::LEDGER])
            .reply(ResponseDescription::bytes(["text/csv"])),
        get("/admin/api/audit", "List what operators have changed, the latest first")
            .query(
                "limit",
                "How many, at most 1000. Default 100.",
                &json!({ "type": "integer", "minimum": 1 }),
            )
            .query(
                "before",
                "Only entries before the one with this id.",
                &json!({ "type": "integer" }),
            )
            .fails(&[fault::AUDIT])
            .fails(fault::DATABASE)
            .reply(ResponseDescription::json::<shape::AuditLog>(generator)),
    ]
}

/// Who has an account, and what plans there are.
fn lists(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer", "minimum": 1 });
    vec![
        get("/admin/api/plans", "List the plans of the configuration")
            .reply(ResponseDescription::json::<shape::PlanList>(generator)),
        get("/admin/api/users", "List the users")
            .query(
                "search",
                "Only those whose id or plan has this in it, in any case.",
                &text,
            )
            .query("limit", "At most so many; all if it is left out.", &number)
            .fails(fault::DATABASE)
            .reply(ResponseDescription::json::<shape::UserList>(generator)),
        get("/admin/api/keys", "List keys, including revoked ones")
            .query("user", "Only this user's.", &text)
            .query(
                "search",
                "Only those whose id, user, name or prefix has this in it, in any case.",
                &text,
            )
            .query(
                "active",
                "Whether revoked ones are left out.",
                &json!({ "type": "boolean" }),
            )
            .query("limit", "At most so many; all if it is left out.", &number)
            .fails(fault::DATABASE)
            .reply(ResponseDescription::json::<shape::KeyList>(generator)),
    ]
}

fn users(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let of = |operation: OperationDescription| operation.access(Access::Operator(Accounts));
    vec![
        of(OperationDescription::post("/admin/api/users", "Add a user"))
            .settings::<shape::NewUser>(generator)
            .fails(&[fault::NO_PLAN, fault::TAKEN])
            .reply(ResponseDescription::json::<shape::UserShown>(generator)),
        of(OperationDescription::patch(
            "/admin/api/users/{id}",
            "Change a user's plan, or whether they are served",
        ))
        .parameter("id", "The user's id.")
        .settings::<shape::UserChange>(generator)
        .fails(&[fault::NO_PLAN, fault::NO_USER])
        .reply(ResponseDescription::json::<shape::UserShown>(generator)),
        of(OperationDescription::post(
            "/admin/api/users/{id}/credits",
            "Add to a user's credits, or subtract from them",
        ))
        .parameter("id", "The user's id.")
        .settings::<shape::Addition>(generator)
        .fails(&[fault::NO_USER])
        .reply(ResponseDescription::json::<shape::UserShown>(generator)),
        of(OperationDescription::delete(
            "/admin/api/users/{id}",
            "Remove a user and revoke their keys",
        ))
        .parameter("id", "The user's id.")
        .fails(&[fault::NO_USER])
        .reply(ResponseDescription::json::<shape::RemovedUser>(generator)),
    ]
}

fn keys(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let of = |operation: OperationDescription| operation.access(Access::Operator(Accounts));
    vec![
        of(OperationDescription::post(
            "/admin/api/keys",
            "Make a key, and see its secret once",
        ))
        .settings::<shape::NewKey>(generator)
        .fails(&[fault::TERMS, fault::NO_USER, fault::NO_RANDOMNESS])
        .reply(ResponseDescription::json::<shape::MadeKey>(generator)),
        of(OperationDescription::patch(
            "/admin/api/keys/{id}",
            "Change a key's name, or what it may do on its own",
        ))
        .parameter("id", "The key's id.")
        .settings::<shape::KeyChange>(generator)
        .fails(&[fault::TERMS, fault::NO_KEY, fault::CHANGED_MEANWHILE])
        .reply(ResponseDescription::json::<shape::KeyShown>(generator)),
        of(OperationDescription::delete(
            "/admin/api/keys/{id}",
            "Revoke a key of any user",
        ))
        .parameter("id", "The key's id.")
        .fails(&[fault::NO_KEY])
        .reply(ResponseDescription::json::<shape::RevokedKey>(generator)),
    ]
}

fn plugins(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let of = |operation: OperationDescription, role| {
        let named = operation.access(Access::Operator(role));
        named.parameter("name", "The plugin's name, as its manifest has it.")
    };
    vec![
        of(
            OperationDescription::get(
                "/admin/api/plugins/{name}/versions",
                "List the versions of a plugin that were in force",
            ),
            Read,
        )
        .fails(&[fault::UNSEEN])
        .reply(ResponseDescription::json::<shape::VersionList>(generator)),
        of(
            OperationDescription::put("/admin/api/plugins/{name}", "Put a plugin into the folder"),
            Operate,
        )
        .header(
            "x-jackfield-signature",
            ("The text of its .minisig file, in Base64.", "dW50cnVzdGVk"),
        )
        .fails(fault::PLUGIN)
        .fails(&[fault::LARGE])
        .file("application/wasm")
        .reply(ResponseDescription::json::<shape::PluginPut>(generator)),
        of(
            OperationDescription::post(
                "/admin/api/plugins/{name}/rollback",
                "Put an earlier version of a plugin back",
            ),
            Operate,
        )
        .settings::<shape::PutBack>(generator)
        .fails(fault::PLUGIN)
        .reply(ResponseDescription::json::<shape::PluginPut>(generator)),
    ]
}

fn operating(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    let of = |operation: OperationDescription| operation.access(Access::Operator(Operate));
    let mut all = vec![
        OperationDescription::post(
            "/admin/api/playground",
            "Send a request as a client does, and see what was tried",
        )
        .access(Access::Operator(Read))
        .settings::<shape::Trial>(generator)
        .fails(fault::TRIAL)
        .reply(ResponseDescription::json::<shape::TrialResult>(generator).or_events()),
    ];
    all.extend(plugins(generator));
    all.extend([
        of(OperationDescription::post(
            "/admin/api/live/{number}/end",
            "End a request in flight",
        ))
        .parameter("number", "Its number on this node.")
        .fails(&[fault::NOT_IN_FLIGHT])
        .reply(ResponseDescription::json::<shape::InFlightShown>(generator)),
        of(OperationDescription::post(
            "/admin/api/reload",
            "Read the configuration and the plugins again",
        ))
        .reply(ResponseDescription::json::<shape::Reloaded>(generator)),
        of(OperationDescription::post(
            "/admin/api/drain",
            "Stop the process once its requests have ended",
        ))
        .accepted()
        .reply(ResponseDescription::json::<shape::Draining>(generator)),
    ]);
    all
}
