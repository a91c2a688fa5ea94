//! Lets everything that is measured take turns: one runs at a time, forwards and then backwards.

use std::fmt::{self, Display, Formatter};
use std::mem;

use super::super::BenchError;
use super::super::gateway::{Adapter, Isolation, Running, Setup};
use super::super::process::ProcessError;
use super::super::rows::Kind;
use super::super::stage::Stage;
use super::manifest::Peer;
use super::server::Server;
use super::start::start;
use super::turns::{Problem, Turns};
use super::{Places, Plan};

/// One that is measured.
#[derive(Debug)]
pub(super) enum Contestant {
    /// The upstream itself, nginx or Jackfield.
    Own(Kind),
    /// Another gateway.
    Peer(Peer),
}

/// Measures all, in the order of the table.
///
/// # Errors
/// If nginx or Jackfield does not start, or a reply of theirs or of the upstream is wrong.
pub(super) async fn all(
    stage: &Stage,
    peers: Vec<Peer>,
    places: &Places,
    plan: Plan,
) -> Result<Vec<(Contestant, Turns)>, BenchError> {
    let own = [
        Kind::Direct,
        Kind::Nginx,
        Kind::Bare,
        Kind::Gateway(Setup::of(Adapter::Openai, Isolation::Request)),
        Kind::Gateway(Setup::with_accounts()),
    ];
    let contestants = own.map(Contestant::Own).into_iter();
    let mut rows: Vec<_> = contestants
        .chain(peers.into_iter().map(Contestant::Peer))
        .map(|contestant| (contestant, Turns::default()))
        .collect();
    let direct = direct(stage);
    for turn in 1..=plan.turns {
        for (contestant, turns) in &mut rows {
            eprintln!("turn {turn} of {}: {contestant}", plan.turns);
            let known = turns.problems.len();
            let started = match contestant {
                _ if turns.does_not_start() => continue,
                Contestant::Own(kind) => server(*kind, stage)?.ok_or_else(|| "it is not there".to_owned()),
                Contestant::Peer(peer) => start(peer, places, stage.ground.upstream).await,
            };
            match started {
                Ok(server) => turns.take(&server, &direct, plan).await?,
                Err(reason) => turns.problems.push(Problem::Start(reason)),
            }
            for problem in &turns.problems[known..] {
                eprintln!("{contestant} {problem}");
            }
            contestant.judge(turns)?;
        }
        rows.reverse();
    }
    Ok(rows)
}

/// The upstream itself, which runs already.
fn direct(stage: &Stage) -> Server {
    Server {
        process: None,
        address: stage.ground.upstream,
        model: "upstream".to_owned(),
        headers: Vec::new(),
    }
}

/// Starts one of our own; `None` if it is not there.
fn server(kind: Kind, stage: &Stage) -> Result<Option<Server>, ProcessError> {
    let (process, address, model, key) = match kind {
        Kind::Direct => return Ok(Some(direct(stage))),
        Kind::Nginx => match stage.start_nginx()? {
            Some((process, address)) => (Some(process), address, "upstream", None),
            None => return Ok(None),
        },
        Kind::Bare => {
            let (process, address) = stage.ground.start_bare()?;
            (Some(process), address, "upstream", None)
        }
        Kind::Gateway(setup) => match stage.start_gateway(setup)? {
            Some(Running { process, address, key }) => (Some(process), address, setup.adapter.name(), key),
            None => return Ok(None),
        },
    };
    let headers = key.map(|key| ("authorization".to_owned(), format!("Bearer {key}")));
    Ok(Some(Server {
        process,
        address,
        model: model.to_owned(),
        headers: headers.into_iter().collect(),
    }))
}

// === impl Contestant ===

impl Contestant {
    /// Whether it is the upstream itself.
    pub(super) fn is_direct(&self) -> bool {
        matches!(self, Self::Own(Kind::Direct))
    }

    /// A wrong reply of a peer is told; one of our own ends the run, because it spoils all comparisons.
    fn judge(&self, turns: &mut Turns) -> Result<(), BenchError> {
        if let Self::Own(kind) = self {
            for problem in mem::take(&mut turns.problems) {
                match problem {
                    Problem::Reply(measurement, error) => {
                        let row = kind.to_string();
                        return Err(BenchError::Load {
                            row,
                            measurement,
                            error,
                        });
                    }
                    Problem::Start(_) => turns.problems.push(problem),
                }
            }
        }
        Ok(())
    }
}

impl Display for Contestant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(kind) => kind.fmt(f),
            Self::Peer(Peer { title, version, .. }) => write!(f, "{title} {version}"),
        }
    }
}
