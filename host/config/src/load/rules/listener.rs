//! The rules for the listeners: who may reach them, that each has a port of its own, and who the operators are.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Rules;
use crate::Exposure;
use crate::load::document::pointer;

impl Rules<'_> {
    pub(super) fn server(&mut self) {
        let server = &self.config.server;
        if let Err(exposure) = server.may_listen(server.listen) {
            self.exposed(&["server", "auth"], &["server", "listen"], exposure);
        }
        // A token that is given but at fault has its own fault already.
        let token = ["token", "tokens"]
            .iter()
            .any(|key| self.document.has(&["server", "admin", key]));
        if let (Err(exposure), false) = (server.admin.may_listen(), token) {
            let listen = ["server", "admin", "listen"];
            self.exposed(&listen, &listen, exposure);
        }
    }

    pub(super) fn metrics(&mut self) {
        let token = self.document.has(&["metrics", "token"]);
        if let (Err(exposure), false) = (self.config.metrics.may_listen(), token) {
            let listen = ["metrics", "listen"];
            self.exposed(&listen, &listen, exposure);
        }
    }

    /// The second listener on a port would not open, or, with `reuse_port`, take connections that are meant for the first.
    pub(super) fn listeners(&mut self) {
        let (server, metrics) = (&self.config.server, &self.config.metrics);
        let scrapers = metrics.listen.filter(|_| metrics.enabled);
        let further: [(&[&str], _); 2] = [
            (&["server", "admin", "listen"], server.admin.listen),
            (&["metrics", "listen"], scrapers),
        ];
        let mut earlier = vec![("server.listen".to_owned(), server.listen)];
        for (path, listen) in further {
            let Some(listen) = listen else { continue };
            if let Some((other, _)) = earlier.iter().find(|(_, other)| collide(*other, listen)) {
                self.add(path, format!("has the same port as {other}"), "choose another port");
            }
            earlier.push((path.join("."), listen));
        }
    }

    /// The name and the roles of the first of two equal tokens would count for the other's holder, too.
    pub(super) fn operators(&mut self) {
        let admin = &self.config.server.admin;
        let whole = admin.token.iter();
        let mut holders: BTreeMap<&str, String> = whole
            .map(|token| (token.expose(), "server.admin.token".to_owned()))
            .collect();
        for (name, token) in &admin.tokens {
            let path = ["server", "admin", "tokens", name, "token"];
            match holders.get(token.token.expose()) {
                Some(first) => {
                    let problem = format!("is the same token as {first}");
                    self.add(&path, problem, "give each operator a token of their own");
                }
                None => drop(holders.insert(token.token.expose(), path.join("."))),
            }
        }
    }

    /// An exposure at `path`. It names the key `listen` if the address comes from the environment or from a file.
    fn exposed(&mut self, path: &[&str], listen: &[&str], exposure: Exposure) {
        let problem = if self.document.is_referred(&pointer(listen)) {
            exposure.problem_at(&listen.join("."))
        } else {
            exposure.problem()
        };
        self.add(path, problem, exposure.remedy());
    }
}

/// Whether the system opens only one of two listeners: they have one port, and one address, or all of a family. Port 0 is
/// any free one.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_family = one.is_ipv4() == other.is_ipv4();
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (one.ip() == other.ip() || same_family && everywhere)
}
