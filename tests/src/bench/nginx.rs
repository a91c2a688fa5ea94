//! nginx as the yardstick: one worker that proxies everything and keeps its upstream connections open.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

use super::process::{Process, ProcessError};

/// Where to look for nginx; Debian keeps it out of users' PATH.
const PLACES: [&str; 2] = ["nginx", "/usr/sbin/nginx"];

/// The installed nginx, if there is one.
pub(super) fn find() -> Option<&'static str> {
    let runs = |place: &&str| {
        let mut version = Command::new(place);
        let version = version.arg("-v").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    PLACES.into_iter().find(runs)
}

/// Starts nginx in front of `upstream`, with its files in `folder` and room for this many concurrent streams.
///
/// # Errors
/// If it does not start.
pub(super) fn start(
    program: &str,
    folder: &Path,
    upstream: SocketAddr,
    streams: u32,
) -> Result<(Process, SocketAddr), ProcessError> {
    let address = free_address()?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("nginx.conf"), config(address, upstream, streams))?;
    let mut command = Command::new(program);
    command
        .arg("-p")
        .arg(folder)
        .args(["-c", "nginx.conf", "-e", "error.log"]);
    Ok((Process::listening(command, address)?, address))
}

/// nginx cannot report which port it was given, so this picks one that was free a moment ago.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// Connections are never closed for their age, and a long prompt stays in memory: both favour nginx.
fn config(address: SocketAddr, upstream: SocketAddr, streams: u32) -> String {
    // Each stream is a connection on either side.
    let connections = 2 * streams + 1024;
    format!(
        "daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_max_body_size 32m;
    client_body_buffer_size 1m;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    upstream vendor {{
        server {upstream};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen {address};
        location / {{
            proxy_pass http://vendor;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
        }}
    }}
}}
"
    )
}
