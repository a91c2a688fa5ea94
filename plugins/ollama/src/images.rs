//! The images that a request names by their URL. Ollama takes none, so the host fetches them.

use jackfield_plugin_sdk::canonical::{Content, ContentPart, Message};
use jackfield_plugin_sdk::{Call, Failure, Operation};
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
struct Conversation {
    #[serde(default)]
    messages: Vec<Message>,
}

/// The URLs, each once.
///
/// # Errors
/// If the request makes no sense.
pub(crate) fn listed(call: &Call<Settings>) -> Result<Vec<String>, Failure> {
    if call.operation != Operation::Chat {
        return Ok(Vec::new());
    }
    let conversation: Conversation = call.chat()?;
    let mut urls: Vec<String> = Vec::new();
    for message in conversation.messages {
        let Some(Content::Parts(parts)) = message.content else {
            continue;
        };
        for part in parts {
            if let ContentPart::ImageUrl { image_url, .. } = part
                && is_remote(&image_url.url)
                && !urls.contains(&image_url.url)
            {
                urls.push(image_url.url);
            }
        }
    }
    Ok(urls)
}

fn is_remote(url: &str) -> bool {
    let begins = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    begins("https://") || begins("http://")
}
