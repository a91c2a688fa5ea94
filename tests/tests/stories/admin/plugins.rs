//! `/admin/api/plugins`: a plugin is put into the folder after a trial, and an earlier one put back.

use std::fs::{self, Permissions};
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jackfield_tests::client::{Answer, Client};
use jackfield_tests::gateway::{Gateway, built_plugin};
use minisign::KeyPair;
use serde_json::{Value, json as value};
use sha2::{Digest, Sha256};

use crate::hot_swap::rebuilt;
use crate::scene::{Scene, Setup, ask, assert_complete, eventually, says, streams};
use jackfield_tests::upstream::Gate;

const PATH: &str = "/admin/api/plugins/openai";

fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

async fn upload(operator: &Client, content: &[u8]) -> Answer {
    operator.put(PATH, content.to_vec()).await
}

fn in_force(snapshot: &Value) -> &str {
    snapshot["plugins"][0]["sha256"].as_str().unwrap()
}

/// A scene with a database, and tokens of the roles read and operate.
async fn scene(plugins: &str) -> Scene {
    let mut scene = Scene::start().await;
    scene.first.always(says("still here"));
    let config = scene.config(&Setup {
        server: "auth: off, admin: { token: all-of-it, tokens: { watch: { token: w-token } } }",
        ..Setup::default()
    });
    let own = format!(
        "storage: {{ url: \"sqlite:jackfield.db\" }}\nplugins: {{ deadline: 10s, cache_dir: ../cache, {plugins} }}\n"
    );
    scene.gateway = Gateway::start_without_operators(&(config + &own)).await;
    scene
}

fn operator(scene: &Scene) -> Client {
    scene.client().with_key("all-of-it")
}

async fn versions(scene: &Scene) -> Vec<(String, bool)> {
    let listed = operator(scene).get(&format!("{PATH}/versions")).await.json();
    let told = |row: &Value| (row["sha256"].as_str().unwrap().to_owned(), row["in_force"] == true);
    listed["data"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn an_uploaded_adapter_is_live_under_load_and_the_one_before_comes_back() {
    let scene = scene("").await;
    let (first, second) = (fs::read(built_plugin("openai")).unwrap(), rebuilt("openai", "second"));
    let gate = Gate::new();
    scene.first.reply(streams(&["be", "fore"]).pause_before(2, &gate));
    let mut running = scene.client().stream(ask("solo")).await;
    assert_eq!(running.next_content().await, "be");

    let put = upload(&operator(&scene), &second).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let put = put.json();
    let told = value!({
        "name": "openai", "version": "0.1.0", "sha256": sha256(&second), "replaced": sha256(&first),
        "generation": 2, "in_force": true, "rejected": null,
    });
    assert_eq!(put, told);
    assert_eq!(scene.client().chat(ask("solo")).await.content(), "still here");
    let file = scene.gateway.plugins_dir().join("openai.wasm");
    assert_eq!(fs::read(&file).unwrap(), second);
    gate.open();
    assert_complete(&running.collect().await, "fore");

    assert_eq!(
        versions(&scene).await,
        [(sha256(&second), true), (sha256(&first), false)]
    );
    let rollback = format!("{PATH}/rollback");
    let back = operator(&scene).post(&rollback, value!({})).await.json();
    assert_eq!(
        (&back["sha256"], &back["in_force"]),
        (&value!(sha256(&first)), &value!(true))
    );
    assert_eq!(fs::read(&file).unwrap(), first);
    let to = value!({ "to": &sha256(&second)[..12] });
    let again = operator(&scene).post(&rollback, to).await.json();
    assert_eq!(again["sha256"], sha256(&second));
    let missing = operator(&scene).post(&rollback, value!({ "to": "9.9" })).await;
    assert_eq!(missing.status, 400);
    assert!(
        missing.text().contains("no version 9.9 of `openai`"),
        "{}",
        missing.text()
    );

    let log = operator(&scene).get("/admin/api/audit").await.json();
    let noted = |row: &Value| {
        let of = |part: &str| row[part]["sha256"].as_str().unwrap_or_default().to_owned();
        (
            row["action"].as_str().unwrap_or_default().to_owned(),
            of("before"),
            of("after"),
        )
    };
    let noted: Vec<_> = log["data"].as_array().unwrap().iter().map(noted).collect();
    let (one, two) = (sha256(&first), sha256(&second));
    let entry = |action: &str, before: &str, after: &str| (action.to_owned(), before.to_owned(), after.to_owned());
    let expected = [
        entry("plugin.rollback", &one, &two),
        entry("plugin.rollback", &two, &one),
        entry("plugin.upload", &one, &two),
    ];
    assert_eq!(noted, expected);
}

#[tokio::test]
async fn a_change_is_carried_out_and_noted_though_its_operator_hangs_up() {
    let scene = scene("").await;
    // New to the cache of compiled code, so that its trial takes a while.
    let second = rebuilt("openai", &fastrand::u64(..).to_string());
    // While one plugin is tried, no other is.
    let nothing = "/admin/api/plugins/nothing/rollback";
    let trial = async || operator(&scene).post(nothing, value!({})).await.status;
    let uploading = operator(&scene);
    loop {
        // A rollback that nobody waits for any more runs to its end: it must not be taken for the trial.
        eventually("the end of other trials", trial, |status| *status != 503).await;
        tokio::select! {
            refused = upload(&uploading, &second) => assert_eq!(refused.status, 503, "{}", refused.text()),
            _ = eventually("a trial", trial, |status| *status == 503) => break,
        }
    }
    let noted = async || operator(&scene).get("/admin/api/audit").await.json()["data"].clone();
    let noted = eventually("an entry", noted, |data| data[0]["action"] == "plugin.upload").await;
    assert_eq!(noted[0]["after"]["sha256"], sha256(&second));
    assert_eq!(
        fs::read(scene.gateway.plugins_dir().join("openai.wasm")).unwrap(),
        second
    );
}

#[tokio::test]
async fn a_new_plugin_gets_a_file_of_its_name() {
    let scene = scene("").await;
    let echo = fs::read(built_plugin("echo")).unwrap();
    let wrong = operator(&scene).put("/admin/api/plugins/parrot", echo.clone()).await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("is the plugin `echo`, not `parrot`"),
        "{}",
        wrong.text()
    );
    let put = operator(&scene).put("/admin/api/plugins/echo", echo).await.json();
    assert_eq!((&put["in_force"], &put["replaced"]), (&value!(true), &Value::Null));
    assert!(scene.gateway.plugins_dir().join("echo.wasm").exists());
    assert!(!scene.gateway.plugins_dir().join("parrot.wasm").exists());
}

#[tokio::test]
async fn what_would_not_come_into_force_changes_nothing() {
    let scene = scene("max_file_bytes: 16777216").await;
    let file = scene.gateway.plugins_dir().join("openai.wasm");
    let before = fs::read(&file).unwrap();
    let operator = operator(&scene);
    for (content, why) in [
        (b"broken".to_vec(), "nothing was changed"),
        (before[..before.len() / 2].to_vec(), "nothing was changed"),
        (vec![0; (16 << 20) + 1], "large"),
    ] {
        let refused = upload(&operator, &content).await;
        assert!(matches!(refused.status, 400 | 413), "{}", refused.text());
        assert!(refused.text().contains(why), "{}", refused.text());
    }
    let escaping = operator.put("/admin/api/plugins/..%2Fopenai", before.clone()).await;
    assert_eq!(escaping.status, 400, "{}", escaping.text());
    for refused in [
        scene.client().with_key("w-token").put(PATH, before.clone()).await,
        scene
            .client()
            .with_key("w-token")
            .post(&format!("{PATH}/rollback"), value!({}))
            .await,
    ] {
        assert_eq!((refused.status, refused.error_code()), (403, Some("ROLE_REQUIRED")));
    }
    let listed = scene
        .client()
        .with_key("w-token")
        .get(&format!("{PATH}/versions"))
        .await;
    assert_eq!(listed.status, 200);
    assert_eq!(scene.client().put(PATH, before.clone()).await.status, 401);
    assert_eq!(fs::read(&file).unwrap(), before);
    let snapshot = operator.get("/admin/snapshot").await.json();
    assert_eq!(
        (&snapshot["generation"], &snapshot["rejected"]),
        (&value!(1), &Value::Null)
    );
    assert_eq!(in_force(&snapshot), sha256(&before));
    let log = operator.get("/admin/api/audit").await.json();
    assert_eq!(log["data"], value!([]));
}

#[tokio::test]
async fn an_upload_is_trusted_as_a_file_is() {
    let key = KeyPair::generate_unencrypted_keypair().unwrap();
    let first = fs::read(built_plugin("openai")).unwrap();
    let trust = format!(
        "trust: {{ public_keys: [{:?}], sha256: [\"{}\"] }}",
        key.pk.to_base64(),
        sha256(&first)
    );
    let scene = scene(&trust).await;
    let second = rebuilt("openai", "second");
    let unsigned = upload(&operator(&scene), &second).await;
    assert_eq!(unsigned.status, 400);
    assert!(unsigned.text().contains("has no signature"), "{}", unsigned.text());
    let signature = |content: &[u8]| {
        let signature = minisign::sign(None, &key.sk, Cursor::new(content), None, None).unwrap();
        STANDARD.encode(signature.into_string())
    };
    let of_another = operator(&scene).header("x-jackfield-signature", &signature(&first));
    let refused = upload(&of_another, &second).await;
    assert!(refused.text().contains("is not what was signed"), "{}", refused.text());
    assert!(!scene.gateway.plugins_dir().join("openai.wasm.minisig").exists());
    let signed = operator(&scene).header("x-jackfield-signature", &signature(&second));
    let put = upload(&signed, &second).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(put.json()["in_force"], true);
    assert!(scene.gateway.plugins_dir().join("openai.wasm.minisig").exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let scene = scene("").await;
    let folder = scene.gateway.plugins_dir();
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    // Root may write wherever it wants to, unless the folder has become a file.
    let is_root = tempfile::NamedTempFile::new_in(&folder).is_ok();
    let refused = upload(&operator(&scene), &rebuilt("openai", "second")).await;
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    if is_root {
        assert_eq!(refused.status, 200);
        return;
    }
    assert_eq!(refused.status, 409);
    assert!(
        refused
            .text()
            .contains("cannot be written, so that nothing was changed"),
        "{}",
        refused.text()
    );
}
