//! A configuration like the one that is tested, in which each case has a model of its own, and all providers are on this
//! machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jackfield_config::{
    Auth, AuthConfig, AuthScheme, CacheConfig, Config, ProviderConfig, ProxyConfig, Secret, StepConfig, TimeoutsConfig,
};

use super::chain::{Chain, Scope};
use super::fault::Fault;

/// What a credential is in a rehearsal.
const DUMMY: &str = "selftest";

/// What a busy machine may take longer.
const BUSY: Duration = Duration::from_mins(1);

/// One request, and what is wrong meanwhile.
#[derive(Debug)]
pub(super) struct Case {
    /// Its place among all cases, by which its model and its providers are named.
    pub(super) number: usize,
    /// The place of its chain.
    pub(super) chain: usize,
    pub(super) fault: Fault,
    pub(super) scope: Scope,
    pub(super) stream: bool,
}

/// Where faults are found that a server cannot play.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses {
    pub(super) upstream: SocketAddr,
    pub(super) refusing: SocketAddr,
    pub(super) silent: SocketAddr,
}

/// What a provider plays in a case.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) fault: Fault,
    pub(super) adapter: String,
}

/// All cases.
#[derive(Debug)]
pub(super) struct Rehearsal {
    pub(super) chains: Vec<Chain>,
    cases: Vec<Case>,
    pub(super) haste: u32,
    addresses: Addresses,
    /// How long the gateway takes for a request at most.
    deadline: Duration,
    /// By the number of the case, and that of the provider.
    parts: BTreeMap<(usize, usize), Part>,
}

// === impl Rehearsal ===

impl Rehearsal {
    /// The cases of these chains, with all waits shortened.
    pub(super) fn new(config: &Config, chains: Vec<Chain>, haste: u32, addresses: Addresses) -> Self {
        let mut rehearsal = Self {
            chains,
            cases: Vec::new(),
            haste,
            addresses,
            deadline: config.routing.deadline / haste,
            parts: BTreeMap::new(),
        };
        for chain in 0..rehearsal.chains.len() {
            for fault in Fault::ALL {
                let others = fault != Fault::None && rehearsal.chains[chain].has_others();
                for scope in [Scope::First].into_iter().chain(others.then_some(Scope::All)) {
                    for stream in [false, true] {
                        rehearsal.add(config, (chain, fault, scope, stream));
                    }
                }
            }
        }
        rehearsal
    }

    fn add(&mut self, config: &Config, (chain, fault, scope, stream): (usize, Fault, Scope, bool)) {
        let number = self.cases.len();
        for name in self.chains[chain].providers() {
            let Some(place) = config.providers.keys().position(|known| known == name) else {
                continue;
            };
            let part = Part {
                fault: if self.chains[chain].befalls(scope, name) {
                    fault
                } else {
                    Fault::None
                },
                adapter: config.providers[name].adapter.clone(),
            };
            self.parts.insert((number, place), part);
        }
        self.cases.push(Case {
            number,
            chain,
            fault,
            scope,
            stream,
        });
    }

    /// How long a client waits for an answer: for longer than the gateway takes, even on a machine that is busy.
    pub(super) fn patience_of_clients(&self) -> Duration {
        2 * self.deadline + BUSY
    }

    /// All cases, in the order of a report.
    pub(super) fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// What each provider plays, by the number of the case and its own.
    pub(super) fn parts(&self) -> BTreeMap<(usize, usize), Part> {
        self.parts.clone()
    }

    /// Turns the configuration into that of the rehearsal: nothing of it leaves this machine, or outlives it.
    pub(super) fn change(&self, config: &mut Config) {
        shut_off(config);
        let providers = std::mem::take(&mut config.providers);
        config.models.clear();
        for case in &self.cases {
            let mut model = self.chains[case.chain].model.clone();
            model.cache = None;
            model
                .shapers
                .retain(|name| config.shapers.contains_key(name.trim_start_matches('-')));
            for target in model.chain.iter_mut().flat_map(StepConfig::targets_mut) {
                target.provider = case.provider(&target.provider);
                target.model = target.model.replace('*', "selftest");
            }
            config.models.insert(case.model(), model);
            for (place, (name, provider)) in providers.iter().enumerate() {
                if let Some(part) = self.parts.get(&(case.number, place)) {
                    let url = self.base_url(case.number, place, part.fault);
                    config.providers.insert(case.provider(name), self.double(provider, url));
                }
            }
        }
        let routing = &mut config.routing;
        for wait in [
            &mut routing.deadline,
            &mut routing.max_wait,
            &mut routing.backoff.base,
            &mut routing.backoff.max,
            &mut routing.breaker.open_for,
        ] {
            *wait = self.hastened(*wait);
        }
    }

    fn base_url(&self, case: usize, place: usize, fault: Fault) -> String {
        let address = match fault {
            Fault::Refused => self.addresses.refusing,
            Fault::SilentConnect => self.addresses.silent,
            _ => self.addresses.upstream,
        };
        format!("http://{address}/{case}/{place}")
    }

    /// The provider, as it is but for its upstream, its credentials and its patience.
    fn double(&self, provider: &ProviderConfig, url: String) -> ProviderConfig {
        let dummies = vec![Secret::new(DUMMY); provider.keys().count().max(1)];
        let headers = provider.headers.keys().map(|name| (name.clone(), Secret::new(DUMMY)));
        let bearer = AuthConfig {
            scheme: AuthScheme::Bearer,
            name: None,
            region: None,
            service: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            service_account: None,
            scope: None,
            token_url: None,
        };
        ProviderConfig {
            base_url: Some(url),
            trust_base_url: false,
            api_key: None,
            api_keys: Some(dummies),
            auth: Some(bearer),
            headers: headers.collect(),
            hosts: Vec::new(),
            proxy: None,
            proxies: ProxyConfig::default(),
            check_every: None,
            attachments: None,
            timeouts: self.patience(&provider.timeouts),
            off: None,
            ..provider.clone()
        }
    }

    fn patience(&self, timeouts: &TimeoutsConfig) -> TimeoutsConfig {
        TimeoutsConfig {
            connect: self.hastened(timeouts.connect),
            response: Some(self.hastened(timeouts.response(true))),
            whole_response: Some(self.hastened(timeouts.response(false))),
            first_content: self.hastened(timeouts.first_content),
            idle: self.hastened(timeouts.idle),
            total: self.hastened(timeouts.total),
        }
    }

    fn hastened(&self, wait: Duration) -> Duration {
        (wait / self.haste).max(Duration::from_millis(1))
    }
}

/// Takes out what would reach others: databases, caches, guards, batches, collectors; and what would keep the requests of a test out.
fn shut_off(config: &mut Config) {
    config.server.auth = Auth::Off;
    config.server.hosts = Vec::new();
    config.server.tls = None;
    config.server.max_connections = None;
    config.server.max_connections_per_address = Some(1_000);
    config.server.admin.tls = None;
    config.server.admin.token = None;
    config.server.admin.tokens.clear();
    config.storage.url = Secret::new("none");
    config.storage.journal = None;
    config.limits.url = None;
    config.cache = CacheConfig::default();
    config.batches.dir = None;
    config.log.requests = None;
    config.telemetry.traces.endpoint = None;
    config.metrics.enabled = true;
    config.metrics.max_series = 1_000_000;
    config.keys.clear();
    config.plans.clear();
    config.shapers.retain(|_, shaper| shaper.http.is_none());
}

// === impl Case ===

impl Case {
    /// The id of its model.
    pub(super) fn model(&self) -> String {
        format!("selftest-{}", self.number)
    }

    /// What a provider is called in this case.
    pub(super) fn provider(&self, name: &str) -> String {
        format!("{name}~{}", self.number)
    }
}
