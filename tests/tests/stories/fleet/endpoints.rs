//! The newer endpoints in the books: what each of them takes of a plan, what it costs, and what it leaves in the ledger,
//! whichever target has served it.

mod cases;

use std::time::SystemTime;

use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::store::Store;
use jackfield_tests::upstream::{Upstream, status};

use self::cases::{Case, all};
use super::kept::Kept;
use crate::accounting::books::{Row, balances};
use crate::api::tokens::token;

/// What an image costs, in micro-credits.
const IMAGE: i64 = 40_000;

struct Scene {
    kept: Kept,
    first: Upstream,
    second: Upstream,
}

// === impl Scene ===

impl Scene {
    /// A gateway with a model for each kind of work, tried at `first` and then at `second`.
    async fn start(limits: &str) -> Self {
        let (first, second) = (Upstream::start().await, Upstream::start().await);
        let at = |name: &str, upstream: &Upstream| {
            let url = upstream.base_url();
            format!("  {name}: {{ adapter: openai, base_url: \"{url}\", api_key: sk }}")
        };
        let providers = format!("{}\n{}", at("first", &first), at("second", &second));
        let model = |(name, capability): (&str, &str)| {
            format!(
                "  {name}: {{ tier: any, capability: {capability}, pricing: {{ input_per_million: 1, output_per_million: 2, \
                 per_image: 0.04 }}, chain: [{{ provider: first, model: up }}, {{ provider: second, model: up }}] }}"
            )
        };
        let models = [
            ("speak", "speech"),
            ("hear", "transcription"),
            ("judge", "moderation"),
            ("base", "completion"),
            ("talk", "chat"),
            ("draw", "images"),
        ];
        let models = models.map(model).join("\n");
        let kept = Kept::with_plan(limits, &providers, &models, &[]).await;
        Self { kept, first, second }
    }

    /// The row of the request with this id, when there are so many.
    async fn row(&self, count: usize, id: &str) -> Row {
        let rows = self.kept.rows(count).await;
        let row = rows.iter().find(|row| row.request_id == id);
        row.cloned().unwrap()
    }
}

/// Demands what the ledger should say of a case that this target has served.
#[track_caller]
fn assert_kept(case: &Case, row: &Row, served_by: (&str, i64)) {
    let name = &case.name;
    assert_eq!(
        (&*row.operation, &*row.ended, row.status),
        (case.operation, "ok", 200),
        "{name}"
    );
    assert_eq!((&*row.provider, row.attempts), served_by, "{name}");
    assert_eq!(
        (row.images.unwrap_or(0), row.stream),
        (case.images, case.stream),
        "{name}"
    );
    match case.told {
        Some(told) => assert_eq!((row.input, row.output, row.estimated), (told.0, told.1, 0), "{name}"),
        None => assert_eq!((row.input > 0, row.estimated), (true, 1), "{name}"),
    }
    assert_eq!(row.credits, row.input + 2 * row.output + case.images * IMAGE, "{name}");
}

#[tokio::test]
async fn each_is_in_the_books_whichever_target_has_served_it() {
    let scene = Scene::start("").await;
    let mut count = 0;
    for case in all() {
        for is_tried_again in [false, true] {
            let by = if is_tried_again {
                scene.first.reply(status(503));
                scene.second.reply(case.reply.clone());
                ("second", 2)
            } else {
                scene.first.reply(case.reply.clone());
                ("first", 1)
            };
            let answer = case.ask(&scene.kept.client()).await;
            assert_eq!(answer.status, 200, "{}: {}", case.name, answer.text());
            count += 1;
            let row = scene.row(count, answer.header("x-request-id").unwrap()).await;
            assert_kept(&case, &row, by);
        }
    }
}

#[tokio::test]
async fn each_takes_its_share_of_a_plan() {
    for case in all() {
        let scene = Scene::start("per_minute: 1").await;
        scene.first.always(case.reply.clone());
        let client = scene.kept.client();
        assert_eq!(case.ask(&client).await.status, 200, "{}", case.name);
        let refused = case.ask(&client).await;
        assert_eq!(
            (refused.status, refused.error_code()),
            (429, Some("MINUTE_REQUEST_LIMIT_EXCEEDED")),
            "{}",
            case.name
        );
        assert_eq!(scene.first.requests().len(), 1);
        scene.kept.row().await;
        let stranger = case.ask(&scene.kept.gateway.client()).await;
        assert_eq!(stranger.status, 401, "{}", case.name);
    }
}

#[tokio::test]
async fn each_is_paid_with_credits_and_nothing_is_served_without() {
    let scene = Scene::start("").await;
    let store = Store::open(&scene.kept.books(), scene.kept.gateway.folder())
        .await
        .unwrap();
    let (now, given) = (unix_millis(SystemTime::now()), 1_000_000_000);
    store.add_user("poor", "pro", 0, now).await.unwrap();
    store.add_user("rich", "pro", given, now).await.unwrap();
    let of = |user: &str| scene.kept.gateway.client().with_key(&token(user, "pro"));
    let (mut count, mut spent) = (0, 0);
    for case in all() {
        let refused = case.ask(&of("poor")).await;
        let told = (refused.status, refused.error_code());
        assert_eq!(told, (402, Some("INSUFFICIENT_CREDITS")), "{}", case.name);
        assert_eq!(scene.first.requests().len(), count);
        scene.first.reply(case.reply.clone());
        let answer = case.ask(&of("rich")).await;
        count += 1;
        spent += scene.row(count, answer.header("x-request-id").unwrap()).await.credits;
        assert_eq!(
            balances(&scene.kept.books()).await["rich"],
            given - spent,
            "{}",
            case.name
        );
    }
    assert_eq!(balances(&scene.kept.books()).await["poor"], 0);
    store.close().await;
}

#[tokio::test]
async fn a_request_that_nobody_could_serve_costs_nothing() {
    let scene = Scene::start("").await;
    for (case, count) in all().into_iter().zip(1..) {
        scene.first.reply(status(500));
        scene.second.reply(status(500));
        let answer = case.ask(&scene.kept.client()).await;
        assert_eq!(answer.status, 502, "{}", case.name);
        let row = scene.row(count, answer.header("x-request-id").unwrap()).await;
        assert_eq!(
            (&*row.ended, row.attempts, row.credits),
            ("failed", 2, 0),
            "{}",
            case.name
        );
    }
}
