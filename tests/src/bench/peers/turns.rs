//! What one gateway showed in its turns.

use super::super::BenchError;
use super::super::load::{LoadError, Tally};
use super::super::measure::{self, Figures, LONG_PROMPTS, Load, MANY_CLIENTS, ONE_CLIENT, STREAMS};
use super::super::rounds::Rounds;
use super::super::rows::Kind;
use super::Plan;
use super::server::Server;

/// How many replies each client should get in a round, or the round is measured again and longer.
pub(super) const ENOUGH: usize = 4;

/// The tallies of all rounds so far, and what went wrong.
#[derive(Debug, Default)]
pub(super) struct Turns {
    one: Vec<Tally>,
    /// The upstream called directly, each time right before the same round of `one`.
    direct: Vec<Tally>,
    many: Vec<Tally>,
    long: Vec<Tally>,
    streams: Vec<Tally>,
    /// After the first reply, in bytes.
    idle_bytes: Option<u64>,
    /// In words. A column in which something went wrong is not measured again.
    pub(super) problems: Vec<Problem>,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// It does not start, for this reason.
    Start(String),
    /// A reply in that column was missing or wrong.
    Reply(&'static str, LoadError),
}

// === impl Turns ===

impl Turns {
    /// Measures a server for one turn.
    ///
    /// # Errors
    /// If the upstream itself answers wrongly.
    pub(super) async fn take(&mut self, server: &Server, direct: &Server, plan: Plan) -> Result<(), BenchError> {
        self.idle_bytes = self.idle_bytes.or(server.resident_bytes());
        // All workers and all connections to the upstream are there before anything counts.
        if let Err(error) = server.fire(&MANY_CLIENTS, plan.pace).await {
            self.note(&MANY_CLIENTS, error);
            return Ok(());
        }
        for _ in 0..plan.rounds {
            let base = direct.fire(&ONE_CLIENT, plan.pace).await;
            let base = base.map_err(|error| BenchError::Load {
                row: Kind::Direct.to_string(),
                measurement: ONE_CLIENT.title,
                error,
            })?;
            if let Some(own) = self.round(server, &ONE_CLIENT, plan).await {
                self.direct.push(base);
                self.one.push(own);
            }
        }
        for _ in 0..plan.rounds {
            let tally = self.round(server, &MANY_CLIENTS, plan).await;
            self.many.extend(tally);
        }
        for _ in 0..plan.rounds {
            let tally = self.round(server, &LONG_PROMPTS, plan).await;
            self.long.extend(tally);
        }
        for _ in 0..plan.rounds {
            let tally = self.round(server, &STREAMS, plan).await;
            self.streams.extend(tally);
        }
        Ok(())
    }

    /// What the table tells.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            one_client: self.rate(&ONE_CLIENT, &self.one),
            many_clients: self.rate(&MANY_CLIENTS, &self.many),
            added_p50: measure::added(&self.one, &self.direct, 50),
            added_p99: measure::added(&self.one, &self.direct, 99),
            long_prompts: self.rate(&LONG_PROMPTS, &self.long),
            events: measure::events(&self.rate(&STREAMS, &self.streams)),
            idle_bytes: self.idle_bytes,
            streaming_bytes: None,
        }
    }

    /// Whether there is no use in starting it again.
    pub(super) fn does_not_start(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem, Problem::Start(_)))
    }

    async fn round(&mut self, server: &Server, load: &Load, plan: Plan) -> Option<Tally> {
        if self.is_wrong(load) {
            return None;
        }
        let mut tally = server.fire(load, plan.pace).await;
        // What is over before a slow gateway has answered everyone says little of it.
        if tally.as_ref().is_ok_and(|tally| tally.count() < ENOUGH * load.clients) {
            tally = server.fire(load, plan.patient()).await;
        }
        match tally {
            Ok(tally) => Some(tally),
            Err(error) => {
                self.note(load, error);
                None
            }
        }
    }

    /// A column with a wrong reply has no figure.
    fn rate(&self, load: &Load, tallies: &[Tally]) -> Rounds {
        if self.is_wrong(load) {
            return Rounds::default();
        }
        measure::rate(tallies)
    }

    fn is_wrong(&self, load: &Load) -> bool {
        let wrong = |problem: &Problem| matches!(problem, Problem::Reply(column, _) if *column == load.title);
        self.problems.iter().any(wrong)
    }

    fn note(&mut self, load: &Load, error: LoadError) {
        self.problems.push(Problem::Reply(load.title, error));
    }
}
