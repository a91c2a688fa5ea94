//! Accepting connections and answering their requests as the script says.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Shared;
use super::body::{Broken, Presence, ReplyBody};
use super::reply::Opening;
use super::request::Request;

/// Accept for ever. The connections live in this task: they end with it.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A client may be gone before it is accepted; that must not affect the next one.
                let Ok((stream, _)) = accepted else { continue };
                shared.journal.record_connection();
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answer the requests of one connection until either side ends it.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Each write of a reply must leave at once, as the test scripted it.
    stream.set_nodelay(true).expect("a loopback socket takes options");
    let answering = Arc::clone(&shared);
    let service = service_fn(move |request| answer(request, Arc::clone(&answering)));
    // The error of a connection that was cut is what the test asked for.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
    shared.journal.record_end();
}

/// Read one request, note it, and begin the reply.
async fn answer(request: hyper::Request<Incoming>, shared: Arc<Shared>) -> Result<hyper::Response<ReplyBody>, Broken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let path = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let request = Request {
        method: head.method,
        path,
        headers: head.headers,
        body,
    };
    let reply = shared.script.reply_to(&request);
    let presence = Presence::new(Arc::clone(&shared));
    shared.journal.record(request);
    match &reply.opening {
        Opening::AtOnce => {}
        Opening::After(gate) => gate.clone().passed().await,
        // The client that gives up drops this future.
        Opening::Never => std::future::pending().await,
        Opening::Cut => {
            presence.complete();
            return Err(Broken);
        }
    }
    let mut response = hyper::Response::new(ReplyBody::new(reply.writes, reply.ending, presence));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}
