//! Where a model's methods are, on AI Studio and on Vertex AI.
//!
//! Sources: <https://ai.google.dev/api/generate-content>;
//! <https://docs.cloud.google.com/vertex-ai/docs/reference/rest>, `projects.locations.publishers.models`.

use jackfield_plugin_sdk::{Failure, path};

use crate::settings::{Settings, Vertex};

/// The path of a model's method below the base URL.
///
/// A model's name may have its collection in front: `tunedModels/x`; on Vertex AI `endpoints/123`, and the publisher's
/// name, as in `meta/llama-4`.
///
/// # Errors
/// Of class refused, if a name cannot be part of a path.
pub(crate) fn path(settings: &Settings, model: &str, method: &str) -> Result<String, Failure> {
    Ok(format!("/{}:{method}", resource(settings, model)?))
}

/// The model's resource name, as requests within a batch want it too.
///
/// # Errors
/// As [`path`].
pub(crate) fn resource(settings: &Settings, model: &str) -> Result<String, Failure> {
    match &settings.vertex {
        None if model.contains('/') => path::segments(model),
        None => Ok(format!("models/{}", path::segment(model)?)),
        Some(vertex) => on_vertex(vertex, model),
    }
}

fn on_vertex(vertex: &Vertex, model: &str) -> Result<String, Failure> {
    if model.starts_with("projects/") {
        return path::segments(model);
    }
    let model = match model.split_once('/') {
        None => format!("publishers/google/models/{}", path::segment(model)?),
        Some(("models", name)) => format!("publishers/google/models/{}", path::segment(name)?),
        Some(("endpoints" | "publishers", _)) => path::segments(model)?,
        Some((publisher, name)) => {
            let (publisher, name) = (path::segment(publisher)?, path::segment(name)?);
            format!("publishers/{publisher}/models/{name}")
        }
    };
    let Some(project) = &vertex.project else {
        return Ok(model);
    };
    let (project, location) = (path::segment(project)?, vertex.location.as_deref().unwrap_or("global"));
    Ok(format!(
        "projects/{project}/locations/{}/{model}",
        path::segment(location)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(vertex: Option<(Option<&str>, Option<&str>)>, model: &str) -> String {
        let vertex = vertex.map(|(project, location)| Vertex {
            project: project.map(str::to_owned),
            location: location.map(str::to_owned),
        });
        let settings = Settings {
            vertex,
            ..Settings::default()
        };
        path(&settings, model, "countTokens").unwrap()
    }

    #[test]
    fn ai_studio_has_models_and_tuned_models() {
        assert_eq!(of(None, "gemini-3-pro"), "/models/gemini-3-pro:countTokens");
        assert_eq!(of(None, "models/gemini-3-pro"), "/models/gemini-3-pro:countTokens");
        assert_eq!(of(None, "tunedModels/x-1"), "/tunedModels/x-1:countTokens");
    }

    #[test]
    fn vertex_has_projects_locations_and_publishers() {
        let project = Some((Some("p-1"), Some("europe-west4")));
        let start = "/projects/p-1/locations/europe-west4";
        for (model, rest) in [
            ("gemini-3-pro", "publishers/google/models/gemini-3-pro"),
            ("models/gemini-3-pro", "publishers/google/models/gemini-3-pro"),
            ("meta/llama-4", "publishers/meta/models/llama-4"),
            ("publishers/meta/models/llama-4", "publishers/meta/models/llama-4"),
            ("endpoints/123", "endpoints/123"),
        ] {
            assert_eq!(of(project, model), format!("{start}/{rest}:countTokens"));
        }
        assert_eq!(
            of(project, "projects/q/locations/l/endpoints/1"),
            "/projects/q/locations/l/endpoints/1:countTokens"
        );
        assert_eq!(
            of(Some((Some("p"), None)), "m"),
            "/projects/p/locations/global/publishers/google/models/m:countTokens"
        );
    }

    #[test]
    fn express_mode_has_no_project() {
        assert_eq!(
            of(Some((None, None)), "gemini-3-pro"),
            "/publishers/google/models/gemini-3-pro:countTokens"
        );
    }

    #[test]
    fn a_name_that_climbs_is_refused() {
        assert!(path(&Settings::default(), "../x", "m").is_err());
    }
}
