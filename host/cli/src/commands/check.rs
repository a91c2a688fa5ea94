//! `jackfield check`: lists every fault of a configuration, or summarizes it.

mod format;
mod online;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use jackfield_config::{Environment, Fault, Faults, Loaded, ProcessEnvironment};
use jackfield_gateway::expiring_certificates;

pub(crate) use self::format::Format;
use super::exit_code::EX_CONFIG;
use super::plugins::Findings;
use super::{CheckArguments, plugins};

/// Loads the configuration and then looks for the faults that show only against the plugins, such as those of a
/// provider's settings. Lists all faults on stderr and exits with 78, or prints a summary on stdout and exits with 0.
pub(super) fn run(arguments: &CheckArguments) -> ExitCode {
    let later = |loaded: &Loaded| later(arguments, loaded);
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let checked = (arguments.config.as_path(), arguments.format);
    let code = check(checked, &ProcessEnvironment, later, &mut out, &mut err);
    // Writing fails when the reader of our output is gone, and then no message would arrive either.
    ExitCode::from(code.unwrap_or(EX_CONFIG))
}

/// The later stages. Upstreams, the database and Redis are called only by a configuration without faults.
fn later(arguments: &CheckArguments, loaded: &Loaded) -> Findings {
    let CheckArguments { config, plugins, .. } = arguments;
    let mut findings = plugins::findings(config, plugins.clone(), loaded, arguments.online);
    findings.faults.extend(loaded.unopenable_file());
    let expiring = expiring_certificates(loaded, SystemTime::now());
    if arguments.strict {
        findings.faults.extend(loaded.strict_faults());
        findings.faults.extend(expiring);
    } else {
        findings.lines.extend(expiring.iter().map(Fault::to_string));
    }
    if arguments.online && findings.faults.is_empty() {
        let mut answers = plugins::online(config, plugins.clone(), loaded);
        answers.extend(online::stores(loaded));
        findings.extend(answers);
    }
    findings
}

/// Does what `run` does, with any environment, later stages and outputs.
fn check(
    (path, format): (&Path, Format),
    environment: &dyn Environment,
    later: impl FnOnce(&Loaded) -> Findings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let checked = jackfield_config::load(path, environment).and_then(|loaded| {
        let Findings { lines, faults } = later(&loaded);
        if faults.is_empty() {
            Ok((loaded, lines))
        } else {
            Err(Faults(faults))
        }
    });
    format.write((path, &checked), out, err)?;
    Ok(if checked.is_ok() { 0 } else { EX_CONFIG })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// The exit code, stdout and stderr of `check` for one file. Its folder is shown as `config`.
    fn checked(text: &str, later: impl FnOnce(&Loaded) -> Findings) -> (u8, String, String) {
        checked_as(Format::Text, text, later)
    }

    fn checked_as(format: Format, text: &str, later: impl FnOnce(&Loaded) -> Findings) -> (u8, String, String) {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("c.yaml"), text).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let environment = BTreeMap::new();
        let code = check((folder.path(), format), &environment, later, &mut out, &mut err).unwrap();
        let shown = |text| {
            String::from_utf8(text)
                .unwrap()
                .replace(folder.path().to_str().unwrap(), "config")
        };
        (code, shown(out), shown(err))
    }

    #[test]
    fn a_good_configuration_is_summarized_with_the_providers_that_are_off() {
        let text = "providers:\n  a: { adapter: echo }\n  b: { adapter: echo, api_key: \"${env:KEY}\" }\n";
        let (code, out, err) = checked(text, |_| Findings::default());
        assert_eq!((code, err.as_str()), (0, ""));
        assert_eq!(
            out,
            "config/c.yaml:3:3: providers.b is off: KEY is not set\n\
             no faults: 0 models, 2 providers (1 off), 0 plans, 0 keys; listens on 127.0.0.1:8080\n"
        );
    }

    #[test]
    fn models_without_a_price_are_named() {
        let text = "providers: { a: { adapter: echo } }\n\
                    models:\n  x: { chain: [{ provider: a, model: x }] }\n  y: { chain: [{ provider: a, model: y }] }\n";
        let (code, out, err) = checked(text, |_| Findings::default());
        assert_eq!((code, err.as_str()), (0, ""));
        let first = out.lines().next().unwrap();
        assert_eq!(
            first,
            "without a price, so users who pay with credits cannot call them: x, y"
        );
    }

    #[test]
    fn targets_without_a_price_of_their_own_are_named() {
        let text = "providers: { a: { adapter: echo }, b: { adapter: echo, vendor: openai } }\n\
                    models:\n  x: { chain: [{ provider: b, model: gpt-4o }, { provider: a, model: mine }] }\n  \
                    y/*: { chain: [{ provider: b, model: \"*\" }] }\n";
        let (_, out, _) = checked(text, |_| Findings::default());
        assert_eq!(
            out.lines().next().unwrap(),
            "models.x: the target a mine has no price of its own, and costs what the first that has one does"
        );
        assert_eq!(
            out.lines().count(),
            2,
            "the catalogue knows what y/* may stand for: {out}"
        );
    }

    #[test]
    fn every_fault_is_listed_on_stderr_and_the_exit_code_is_78() {
        let (code, out, err) = checked("server: { auth: on, listn: x }", |_| Findings::default());
        assert_eq!((code, out.as_str()), (78, ""));
        assert_eq!(
            err,
            "config/c.yaml:1:11: server.auth: must be off or required, found \"on\"; use one of these\n\
             config/c.yaml:1:21: server.listn: is not a known key; did you mean \"listen\"?\n\
             2 faults in config\n"
        );
    }

    #[test]
    fn faults_found_against_the_plugins_count_as_well() {
        let text = "providers: { a: { adapter: nosuch } }";
        let later = |loaded: &Loaded| {
            let path = ["providers", "a", "adapter"];
            Findings {
                faults: vec![loaded.fault_at(&path, "names no plugin", "build it")],
                ..Findings::default()
            }
        };
        let (code, _, err) = checked(text, later);
        assert_eq!(code, 78);
        assert_eq!(
            err,
            "config/c.yaml:1:19: providers.a.adapter: names no plugin; build it\n1 fault in config\n"
        );
    }

    #[test]
    fn what_later_stages_found_in_order_is_part_of_the_summary() {
        let later = |_: &Loaded| Findings {
            lines: vec!["providers.a: http://127.0.0.1:1 answers with 404".to_owned()],
            ..Findings::default()
        };
        let (code, out, _) = checked("providers: { a: { adapter: echo } }", later);
        assert_eq!(code, 0);
        assert_eq!(
            out,
            "providers.a: http://127.0.0.1:1 answers with 404\n\
             no faults: 0 models, 1 providers (0 off), 0 plans, 0 keys; listens on 127.0.0.1:8080\n"
        );
    }
    #[test]
    fn as_json_faults_have_their_places_and_a_good_configuration_its_numbers() {
        let (code, out, err) = checked_as(Format::Json, "server: { auth: on }", |_| Findings::default());
        assert_eq!((code, err.as_str()), (78, ""));
        let found: serde_json::Value = serde_json::from_str(&out).unwrap();
        let fault = &found["faults"][0];
        assert_eq!(
            (&found["ok"], &fault["line"], &fault["column"]),
            (&false.into(), &1.into(), &11.into())
        );
        assert_eq!(
            (&fault["file"], &fault["field"]),
            (&"config/c.yaml".into(), &"server.auth".into())
        );
        let text = "providers: { a: { adapter: echo, api_key: \"${env:KEY}\" } }";
        let (code, out, _) = checked_as(Format::Json, text, |_| Findings::default());
        let found: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (code, &found["ok"], &found["providers_off"]),
            (0, &true.into(), &1.into())
        );
    }
}
