//! The gateway's goals, each compared with nginx in the same round of the same run.

use super::gateway::{Adapter, Isolation, Noted, Parameters, Setup};
use super::measure::Figures;
use super::rounds::Rounds;
use super::rows::Kind;

/// One goal and what was measured.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    /// What is measured.
    pub(super) title: &'static str,
    /// The target values: through the openai adapter, and through the anthropic adapter, which translates everything.
    pub(super) limits: [Limit; 2],
    /// What was measured.
    pub(super) measured: Measured,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    /// At least this share of nginx's figure.
    ShareOfNginx(f64),
    /// At least this share of the same gateway's figure with this in another way.
    ShareOfItself(f64, &'static str),
    /// At most this many milliseconds.
    Milliseconds(f64),
    /// At most this many MiB.
    Mebibytes(f64),
}

/// What was measured through each adapter.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Through the openai adapter.
    pub(super) openai: Rounds,
    /// Through the anthropic adapter.
    pub(super) anthropic: Rounds,
}

/// A figure by name, for the comparisons.
type Figure = fn(&Figures) -> &Rounds;

/// Requests per second with 32 clients.
const MANY: Figure = |figures| &figures.many_clients;

/// All goals, in the order of the table.
pub(super) fn all(rows: &[(Kind, Figures)]) -> Vec<Goal> {
    let share = |title, wanted: [f64; 2], isolation, figure: Figure| Goal {
        title,
        limits: wanted.map(Limit::ShareOfNginx),
        measured: through(|adapter| shares(rows, gateway(adapter, isolation), Kind::Nginx, figure)),
    };
    let plain = |title, limits, figure: fn(&Figures) -> Rounds| Goal {
        title,
        limits,
        measured: through(|adapter| {
            find(rows, gateway(adapter, Isolation::Request))
                .map(figure)
                .unwrap_or_default()
        }),
    };
    let itself = |title, least, otherwise, with, without| Goal {
        title,
        limits: [Limit::ShareOfItself(least, otherwise); 2],
        measured: openai(shares(rows, Kind::Gateway(with), Kind::Gateway(without), MANY)),
    };
    let alone = Setup::of(Adapter::Openai, Isolation::Request);
    vec![
        share("requests/s, 32 clients", [0.9, 0.6], Isolation::Request, MANY),
        Goal {
            title: "requests/s, 32 clients, accounts and ledger on",
            limits: [Limit::ShareOfNginx(0.8); 2],
            measured: openai(shares(rows, Kind::Gateway(Setup::with_accounts()), Kind::Nginx, MANY)),
        },
        itself(
            "requests/s, 32 clients, accounts on",
            0.9,
            "accounts off",
            Setup::with_accounts(),
            alone,
        ),
        itself(
            "requests/s, 32 clients, metrics on",
            0.97,
            "metrics off",
            Setup::noting(Noted::Metrics),
            Setup::noting(Noted::Nothing),
        ),
        itself(
            "requests/s, 32 clients, traces on",
            0.92,
            "traces off",
            Setup::noting(Noted::Traces),
            alone,
        ),
        itself(
            "requests/s, 32 clients, unique parameters",
            0.97,
            "nothing kept",
            Setup::asked(Parameters::Unique),
            Setup::asked(Parameters::UniqueUnkept),
        ),
        plain(
            "added p50, 1 client",
            [Limit::Milliseconds(0.04), Limit::Milliseconds(0.1)],
            |figures| figures.added_p50.clone(),
        ),
        share("400 KB prompts/s", [1.2, 0.7], Isolation::Request, |figures| {
            &figures.long_prompts
        }),
        share("events/s", [0.5, 0.35], Isolation::Request, |figures| &figures.events),
        plain("resident memory, idle", [Limit::Mebibytes(32.0); 2], |figures| {
            figures.idle_bytes.map(mebibytes).into_iter().collect()
        }),
    ]
}

/// Bytes in MiB.
#[expect(clippy::cast_precision_loss, reason = "no process holds 2^52 bytes")]
pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn find(rows: &[(Kind, Figures)], wanted: Kind) -> Option<&Figures> {
    let row = rows.iter().find(|(kind, _)| *kind == wanted);
    row.map(|(_, figures)| figures)
}

fn gateway(adapter: Adapter, isolation: Isolation) -> Kind {
    Kind::Gateway(Setup::of(adapter, isolation))
}

/// This figure of one row as a share of another's, round by round.
fn shares(rows: &[(Kind, Figures)], row: Kind, base: Kind, figure: Figure) -> Rounds {
    let figures = find(rows, row).zip(find(rows, base));
    figures.map_or_else(Rounds::default, |(row, base)| figure(row).share_of(figure(base)))
}

fn openai(openai: Rounds) -> Measured {
    Measured {
        openai,
        anthropic: Rounds::default(),
    }
}

fn through(figure: impl Fn(Adapter) -> Rounds) -> Measured {
    Measured {
        openai: figure(Adapter::Openai),
        anthropic: figure(Adapter::Anthropic),
    }
}

// === impl Limit ===

impl Limit {
    /// Whether the goal is reached.
    pub(super) fn is_reached(self, measured: f64) -> bool {
        match self {
            Self::ShareOfNginx(least) | Self::ShareOfItself(least, _) => measured >= least,
            Self::Milliseconds(most) | Self::Mebibytes(most) => measured <= most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, many_clients: f64) -> (Kind, Figures) {
        let many_clients = [many_clients].into_iter().collect();
        (
            kind,
            Figures {
                many_clients,
                ..Figures::default()
            },
        )
    }

    #[test]
    fn a_share_is_of_what_nginx_reaches() {
        let gateway = gateway(Adapter::Openai, Isolation::Request);
        let goals = all(&[row(Kind::Nginx, 50_000.0), row(gateway, 30_000.0)]);
        assert_eq!(goals[0].measured.openai.median(), Some(0.6));
        assert_eq!(goals[0].measured.anthropic.median(), None);
        assert_eq!(goals[1].measured.openai.median(), None);
        assert_eq!(goals[0].limits, [Limit::ShareOfNginx(0.9), Limit::ShareOfNginx(0.6)]);
    }

    #[test]
    fn without_nginx_no_share_is_told() {
        let gateway = gateway(Adapter::Openai, Isolation::Request);
        assert_eq!(all(&[row(gateway, 30_000.0)])[0].measured.openai.median(), None);
    }

    #[test]
    fn accounts_are_compared_with_the_same_gateway_without_them() {
        let with = Kind::Gateway(Setup::with_accounts());
        let without = gateway(Adapter::Openai, Isolation::Request);
        let shared = gateway(Adapter::Openai, Isolation::Shared);
        let goals = all(&[row(without, 40_000.0), row(with, 38_000.0), row(shared, 1.0)]);
        assert_eq!(goals[2].measured.openai.median(), Some(0.95));
        assert_eq!(all(&[row(with, 38_000.0)])[2].measured.openai.median(), None);
    }

    #[test]
    fn a_goal_is_reached_at_its_limit_and_on_its_better_side() {
        assert!(Limit::ShareOfNginx(0.6).is_reached(0.6));
        assert!(!Limit::ShareOfNginx(0.6).is_reached(0.59));
        assert!(Limit::Milliseconds(0.08).is_reached(0.08));
        assert!(!Limit::Mebibytes(40.0).is_reached(40.1));
    }
}
