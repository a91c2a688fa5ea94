//! `GET /admin`: the page for operators, whose files are part of the binary. It holds nothing of the gateway's: all that it
//! shows it fetches from `/admin/api`, with the token that its reader enters.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::super::entered::Entered;
use super::super::operators::{self, AdminAccess};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;

/// The page loads its own files and calls the API beside them, and nothing else.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src data:; style-src 'self'; script-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of all files. They belong to this binary, so that a browser asks anew for each.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file of the page, by its name.
struct PageFile {
    name: &'static str,
    media_type: &'static str,
    content: &'static [u8],
    /// Whether it is compressed with gzip, which every browser takes.
    compressed: bool,
}

/// Our own files, as they are in the repository.
macro_rules! own {
    ($($media_type:ident: $($name:literal),*;)*) => {
        [$($(PageFile {
            name: $name,
            media_type: $media_type,
            content: include_bytes!(concat!("page/", $name)),
            compressed: false,
        }),*),*]
    };
}

/// What is the page's own; `dom.js` and `api.js` are what the others stand on.
const OWN: [PageFile; 18] = own! {
    STYLE: "style.css";
    SCRIPT: "app.js", "answer.js", "api.js", "dom.js", "states.js", "chart.js", "overview.js", "providers.js", "models.js",
        "plugins.js", "live.js", "requests.js", "usage.js", "accounts.js", "playground.js", "trial.js", "audit.js";
};

/// The library of charts; `make assets` renews it.
const CHARTS: [PageFile; 2] = [
    PageFile {
        name: "uplot.js",
        media_type: SCRIPT,
        content: include_bytes!("../../../assets/uplot.js.gz"),
        compressed: true,
    },
    PageFile {
        name: "uplot.css",
        media_type: STYLE,
        content: include_bytes!("../../../assets/uplot.css"),
        compressed: false,
    },
];

/// The paths. They need no token, because a browser has none when it opens a page.
pub(in crate::edge) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/admin", get(index))
        .route("/admin/page/{file}", get(file))
}

/// What is at `/` of the operators' own listener.
pub(in crate::edge) fn home() -> Router<Arc<Gateway>> {
    Router::new().route("/", get(lead))
}

/// `GET /`: leads to the page.
async fn lead(
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
) -> Result<Redirect, GatewayError> {
    operators::check_open(&entered.snapshot.config, access)?;
    Ok(Redirect::temporary("/admin"))
}

/// `GET /admin`.
async fn index(
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
) -> Result<Response, GatewayError> {
    operators::check_open(&entered.snapshot.config, access)?;
    Ok((headers(), Html(include_str!("page/index.html"))).into_response())
}

/// `GET /admin/page/{file}`.
async fn file(
    Extension(entered): Extension<Entered>,
    Extension(access): Extension<AdminAccess>,
    Path(name): Path<String>,
) -> Result<Response, GatewayError> {
    operators::check_open(&entered.snapshot.config, access)?;
    let file = OWN.iter().chain(&CHARTS).find(|file| file.name == name);
    let file = file.ok_or_else(|| GatewayError::new(ErrorKind::NotFound, "The page has no such file."))?;
    let mut headers = headers();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    if file.compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok((headers, file.content).into_response())
}

fn headers() -> HeaderMap {
    let headers = HEADERS.into_iter();
    headers
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served_and_imports_only_such() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/edge/admin/page");
        let there: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut served: BTreeSet<String> = OWN.iter().map(|file| file.name.to_owned()).collect();
        for file in OWN.iter().filter(|file| file.media_type == SCRIPT) {
            let text = std::str::from_utf8(file.content).unwrap();
            for rest in text.split(" from './").skip(1) {
                let imported = rest.split('\'').next().unwrap();
                assert!(served.contains(imported), "{} imports {imported}", file.name);
            }
        }
        served.insert("index.html".to_owned());
        assert_eq!(there, served);
    }

    #[test]
    fn nothing_is_made_of_text_but_text() {
        for file in OWN.iter().filter(|file| file.media_type == SCRIPT) {
            let text = std::str::from_utf8(file.content).unwrap();
            for way in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
            ] {
                assert!(!text.contains(way), "{}: {way}", file.name);
            }
        }
    }
}
