//! `plugin record`: a proxy on this machine that writes an upstream's replies as golden cases.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jackfield_config::escaped::Escaped;
use jackfield_kit::loopback;
use jackfield_kit::recorder::proxy::Proxy;
use jackfield_kit::recorder::{Seen, record};

use super::CASES;

/// The arguments of `plugin record`.
#[derive(Debug, clap::Args)]
pub(crate) struct RecordArguments {
    /// The plugin's folder. Cases are written to `tests/golden/{response,stream,error}/`; none is overwritten.
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Base URL of the upstream, such as `https://api.example.com/v1`. Requests go there with the headers they come with.
    #[arg(long, value_name = "URL")]
    upstream: String,
    /// Address on this machine to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What the cases are called; the second gets a number.
    #[arg(long, value_name = "NAME", default_value = "recorded")]
    name: String,
}

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    /// A name that is no file's.
    #[error("`{0}` is no name for a case; use letters, digits, `-` and `_`")]
    Name(String),
    /// The upstream or the address cannot be used.
    #[error("{0}")]
    Setup(String),
    /// The server ended.
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
}

/// Forwards and records until it is killed.
///
/// # Errors
/// [`RecordError`].
pub(super) fn run(arguments: &RecordArguments) -> Result<(), RecordError> {
    let name = arguments.name.clone();
    if name.is_empty()
        || !name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    {
        return Err(RecordError::Name(name));
    }
    let folder = arguments.directory.join(CASES);
    let shown = folder.display().to_string();
    let done = Box::new(move |seen: Result<Seen, String>| keep(&folder, &name, seen));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let proxy = Arc::new(Proxy::new(&arguments.upstream, done).map_err(RecordError::Setup)?);
        let listener = loopback::bind(arguments.listen).await.map_err(RecordError::Setup)?;
        println!(
            "recording {} into {shown} on http://{}",
            arguments.upstream,
            listener.local_addr()?
        );
        loopback::serve(listener, move |request| Arc::clone(&proxy).pass(request)).await?;
        Ok(())
    })
}

/// Writes the case of an exchange, and a line about it.
fn keep(folder: &Path, name: &str, seen: Result<Seen, String>) {
    let line = match seen {
        Err(problem) => problem,
        Ok(seen) => {
            let path = seen.path.split('?').next().unwrap_or_default();
            let exchange = format!("{} {path} -> {}", seen.method, seen.status.as_u16());
            match record(&seen).map(|recorded| recorded.write(folder, name)) {
                None => format!("{exchange}, neither an answer nor an error: not recorded"),
                Some(Ok(case)) => format!("{exchange}, {case}"),
                Some(Err(error)) => format!("{exchange}, cannot be written: {error}"),
            }
        }
    };
    eprintln!("{}", Escaped(&line));
}
