//! More and more keys in the database, each of a user of its own.

use std::net::SocketAddr;
use std::time::Instant;

use jackfield_accounting::callers::secret::SecretHash;
use sqlx::{AnyConnection, Connection as _};
use tokio::task::JoinSet;

use super::super::BenchError;
use super::super::accounts::{self, NAME};
use super::super::connection::Connection;
use super::super::gateway::written;
use super::super::load::{LoadError, check};
use super::super::requests::Ask;
use super::scene::{CLIENTS, Scene, failed, resident};
use super::series::{Growth, Line, Series};

/// How many keys.
const KEYS: [u64; 6] = [1, 10, 100, 1000, 10_000, 100_000];

/// The balance of each user, in millionths of a credit: more than any run uses.
const BALANCE: i64 = 1_000_000_000_000;

/// Measures the start, a request with one key, the first request of every key, and memory.
///
/// # Errors
/// If the database fails, or a reply is wrong.
pub(super) async fn measure(scene: &Scene) -> Result<Series, BenchError> {
    let amounts = scene.amounts(&KEYS);
    let mut start = Line::new("a start, to its first answer", "ms", Growth::None);
    let mut request = Line::new("a request with one key, 32 clients", "ms", Growth::None);
    let mut first = Line::new("the first request of each key", "ms", Growth::None);
    let mut memory = Line::new("resident memory, all keys seen", "MiB", Growth::Linear);
    for amount in &amounts {
        let wrong = failed("keys", *amount);
        let name = format!("keys-{amount}");
        let mut config = scene.config();
        accounts::configure(&mut config);
        let folder = scene.ground.folder(&name);
        accounts::make_key(&scene.gateway.program, &written(&folder, &config)?)?;
        add(&format!("sqlite://{}/jackfield.db", folder.display()), *amount).await?;
        let began = Instant::now();
        let site = scene.start(&name, config)?;
        let address = site.place.address;
        once_each(address, [0].into_iter()).await.map_err(&wrong)?;
        start.costs.push(began.elapsed().as_secs_f64() * 1e3);
        let one = Ask::Short.request(address, "openai", Some(&secret(0)));
        request
            .costs
            .push(scene.share(address, Ask::Short, one).await.map_err(&wrong)?);
        let began = Instant::now();
        once_each(address, 0..*amount).await.map_err(&wrong)?;
        first.costs.push(began.elapsed().as_secs_f64() * 1e3 / per(*amount));
        memory.costs.push(resident(&site.process));
    }
    Ok(Series {
        name: "keys",
        title: "More keys",
        work: "keys in the database",
        amounts,
        lines: vec![start, request, first, memory],
        notes: vec!["SQLite; each key has a user of its own, and all limits and prices apply.".to_owned()],
    })
}

/// The secret of a key: they need not be hard to guess here.
fn secret(number: u64) -> String {
    format!("rk_{number:064x}")
}

/// Adds keys with their users, beside those that the gateway's own commands have made.
async fn add(url: &str, count: u64) -> sqlx::Result<()> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    let mut change = connection.begin().await?;
    for number in 0..count {
        let (id, secret) = (format!("{NAME}{number}"), secret(number));
        let hash = SecretHash::of(&secret).map(|hash| hash.digits());
        sqlx::query("INSERT INTO users (id, plan, balance, created_at) VALUES ($1, $2, $3, 0)")
            .bind(&id)
            .bind(NAME)
            .bind(BALANCE)
            .execute(&mut *change)
            .await?;
        sqlx::query("INSERT INTO keys (id, user_id, hash, prefix, name, created_at) VALUES ($1, $1, $2, $3, $1, 0)")
            .bind(&id)
            .bind(hash)
            .bind(&secret[..11])
            .execute(&mut *change)
            .await?;
    }
    change.commit().await?;
    connection.close().await
}

/// Sends a request with each of those keys, shared out among the clients.
async fn once_each(
    address: SocketAddr,
    numbers: impl Iterator<Item = u64> + Clone + Send + 'static,
) -> Result<(), LoadError> {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let numbers = numbers.clone().skip(client).step_by(CLIENTS);
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for number in numbers {
                let request = Ask::Short.request(address, "openai", Some(&secret(number)));
                check(Ask::Short, connection.exchange(&request).await?)?;
            }
            Ok::<_, LoadError>(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer keys than 2^52")]
fn per(count: u64) -> f64 {
    count.max(1) as f64
}
