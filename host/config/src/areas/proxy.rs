//! The proxies on the way to upstreams and guards: their own, or those that the environment names.

use http::Uri;

use crate::{Environment, Secret};

/// What is written for a way without a proxy.
const NONE: &str = "none";

/// The variables of the environment, in the spelling that counts if both are set.
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const EXCEPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxies for requests to upstreams. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyConfig {
    /// For upstreams with an http URL.
    pub http: Option<Secret>,
    /// For upstreams with an https URL.
    pub https: Option<Secret>,
    /// The hosts that are reached directly, as `NO_PROXY` has them.
    pub except: String,
}

// === impl ProxyConfig ===

impl ProxyConfig {
    /// The proxies that the environment names. An empty variable counts as unset.
    ///
    /// # Errors
    /// The name of a variable that is no proxy's URL, and what is wrong with it.
    pub fn of_environment(environment: &dyn Environment) -> Result<Self, (&'static str, &'static str)> {
        let variable = |names: [&'static str; 2]| {
            let values = names.into_iter().map(|name| (name, environment.var(name)));
            values
                .into_iter()
                .find_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        };
        let proxy = |names| match variable(names).or_else(|| variable(ALL)) {
            None => Ok(None),
            Some((name, value)) => match problem(&value, true) {
                None => Ok(Some(Secret::new(value))),
                Some(problem) => Err((name, problem)),
            },
        };
        Ok(Self {
            http: proxy(HTTP)?,
            https: proxy(HTTPS)?,
            except: variable(EXCEPT).map(|(_, value)| value).unwrap_or_default(),
        })
    }

    /// The proxies of a provider or guard that writes this, if it writes anything; else the `inherited` ones.
    pub(crate) fn of_written(written: Option<&Secret>, inherited: &Self) -> Self {
        match written {
            None => inherited.clone(),
            Some(none) if none.expose() == NONE => Self::default(),
            Some(proxy) => Self {
                http: Some(proxy.clone()),
                https: Some(proxy.clone()),
                except: String::new(),
            },
        }
    }
}

/// What is wrong with the `proxy` of a provider or guard, if anything. The answer never quotes it, because it may hold a password.
pub(crate) fn written_problem(written: &Secret) -> Option<&'static str> {
    if written.expose() == NONE {
        return None;
    }
    problem(written.expose(), false)
}

/// What is wrong with a proxy's URL. Only variables may leave out the scheme.
fn problem(text: &str, may_be_bare: bool) -> Option<&'static str> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    match scheme {
        "http" | "https" => {}
        "" if may_be_bare => {}
        _ => return Some("is not an http or https URL"),
    }
    let url = format!("http://{rest}").parse::<Uri>().ok();
    let Some(url) = url.filter(|url| url.host().is_some_and(|host| !host.is_empty())) else {
        return Some("is not an http or https URL");
    };
    (url.path() != "/" || url.query().is_some()).then_some("has a path or query, which a proxy's URL cannot have")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<ProxyConfig, (&'static str, &'static str)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: BTreeMap<String, String> = variables.iter().map(owned).collect();
        ProxyConfig::of_environment(&environment)
    }

    fn shown(proxy: Option<&Secret>) -> &str {
        proxy.map_or("", Secret::expose)
    }

    #[test]
    fn the_environment_names_a_proxy_for_each_scheme_and_who_needs_none() {
        assert_eq!(of(&[]), Ok(ProxyConfig::default()));
        let both = of(&[
            ("HTTPS_PROXY", "http://a:1"),
            ("http_proxy", "b:2"),
            ("NO_PROXY", "localhost"),
        ])
        .unwrap();
        assert_eq!(
            (shown(both.https.as_ref()), shown(both.http.as_ref())),
            ("http://a:1", "b:2")
        );
        assert_eq!(both.except, "localhost");
        let all = of(&[
            ("ALL_PROXY", "http://u:p@a"),
            ("HTTP_PROXY", ""),
            ("https_proxy", "http://b"),
        ])
        .unwrap();
        assert_eq!(
            (shown(all.https.as_ref()), shown(all.http.as_ref())),
            ("http://b", "http://u:p@a")
        );
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named() {
        for bad in ["socks5://a:1", "http://", "http://a b", "http://a/path", "http://a?x"] {
            let (name, _) = of(&[("HTTPS_PROXY", bad)]).unwrap_err();
            assert_eq!(name, "HTTPS_PROXY", "{bad}");
        }
        assert_eq!(of(&[("all_proxy", "socks5://a")]).unwrap_err().0, "all_proxy");
    }

    #[test]
    fn a_provider_has_its_own_none_or_the_environments() {
        let inherited = of(&[("ALL_PROXY", "http://a"), ("NO_PROXY", "b")]).unwrap();
        assert_eq!(ProxyConfig::of_written(None, &inherited), inherited);
        let of_provider = |text: &str| ProxyConfig::of_written(Some(&Secret::new(text)), &inherited);
        assert_eq!(of_provider("none"), ProxyConfig::default());
        let own = of_provider("http://c");
        assert_eq!((shown(own.https.as_ref()), &*own.except), ("http://c", ""));
        assert_eq!(written_problem(&Secret::new("none")), None);
        assert_eq!(written_problem(&Secret::new("http://u:p@c:3128/")), None);
        assert!(written_problem(&Secret::new("c:3128")).is_some());
    }
}
