//! Who sends spans: the resource of OpenTelemetry's conventions
//! (<https://opentelemetry.io/docs/specs/semconv/resource/>), by which nodes are told apart.

use std::fs;
use std::sync::LazyLock;

use super::attributes::Attributes;
use crate::trace::new_trace_id;

/// This process: random, once a start.
static INSTANCE: LazyLock<String> = LazyLock::new(|| hex::encode(new_trace_id()));

/// The name of this machine or container; empty where the system does not have it in this place.
static HOST: LazyLock<String> = LazyLock::new(|| {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
});

/// Describes this process, which sends in the name of this service.
pub(super) fn describe(about: &mut Attributes<'_>, service: &str) {
    about.text("service.name", service);
    about.text("service.version", env!("CARGO_PKG_VERSION"));
    about.text("service.instance.id", &INSTANCE);
    about.text("host.name", &HOST);
}
