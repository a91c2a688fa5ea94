//! `plugin replay`: serves a plugin's recorded cases as a scripted upstream.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jackfield_config::escaped::Escaped;
use jackfield_kit::loopback::{self, Body};
use jackfield_kit::script::{CASE_HEADER, Script};

use super::CASES;

/// The arguments of `plugin replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArguments {
    /// The plugin's folder. The cases in `tests/golden/` with a `reply`, and the recorded streams, are served.
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// Address on this machine to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    /// A case cannot be read.
    #[error("tests/golden/{0}")]
    Case(String),
    /// There is nothing to serve.
    #[error("{}: no case has a `reply` or is a recorded stream", .0.display())]
    NoCases(PathBuf),
    /// The address cannot be listened on.
    #[error("{0}")]
    Listen(String),
    /// The server ended.
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
}

/// Serves until it is killed.
///
/// # Errors
/// [`ReplayError`].
pub(super) fn run(arguments: &ReplayArguments) -> Result<(), ReplayError> {
    let folder = arguments.directory.join(CASES);
    let script = Script::read(&folder).map_err(ReplayError::Case)?;
    if script.names().is_empty() {
        return Err(ReplayError::NoCases(folder));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = loopback::bind(arguments.listen).await.map_err(ReplayError::Listen)?;
        println!(
            "replaying {} cases on http://{}",
            script.names().len(),
            listener.local_addr()?
        );
        let script = Arc::new(Mutex::new(script));
        loopback::serve(listener, move |request| {
            let reply = answer(&mut script.lock().unwrap_or_else(PoisonError::into_inner), &request);
            async move { reply }
        })
        .await?;
        Ok(())
    })
}

/// The reply to one request, and a line about it.
fn answer(script: &mut Script, request: &Request<Bytes>) -> Response<Body> {
    let named = request.headers().get(CASE_HEADER).and_then(|name| name.to_str().ok());
    let (method, path) = (request.method().as_str(), request.uri().path());
    let Some(case) = script.answer(named, method, path, request.body()) else {
        let message = format!(
            "no case fits {method} {path}; there are: {}\n",
            script.names().join(", ")
        );
        eprint!("{}", Escaped(message.trim_end()));
        eprintln!();
        return loopback::text(StatusCode::NOT_FOUND, message);
    };
    eprintln!("{} {} -> {}", method, Escaped(path), case.name);
    let mut reply = Response::builder().status(case.status);
    for (name, value) in &case.headers {
        reply = reply.header(name, value);
    }
    let reply = reply.body(loopback::whole(case.body.clone()));
    reply.unwrap_or_else(|error| {
        let message = format!("{}: {error}\n", case.name);
        loopback::text(StatusCode::INTERNAL_SERVER_ERROR, message)
    })
}
