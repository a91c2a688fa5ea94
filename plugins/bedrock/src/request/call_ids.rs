//! The ids of tool calls, as the API wants them: of few characters, and each once.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html>, `toolUseId`; Claude
//! takes fewer characters than the API.

/// The longest id, less room for a number.
const LONGEST: usize = 58;

/// The id with only the characters that Claude takes, and no more than fit. The end of a long id is what differs.
pub(super) fn legal(id: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let id = id.trim();
    let surplus = id.chars().count().saturating_sub(LONGEST);
    let legal: String = id
        .chars()
        .skip(surplus)
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    if legal.is_empty() { "call".to_owned() } else { legal }
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::CallIds;

    use super::legal;

    #[test]
    fn an_id_is_legal_and_unique_and_its_result_finds_it() {
        let mut ids = CallIds::default();
        assert_eq!(ids.open("functions.f:0", legal), "functions_f_0");
        assert_eq!(ids.of_result("functions.f:0", legal), "functions_f_0");
        assert_eq!(ids.open("functions.f:0", legal), "functions_f_0_2");
        assert_eq!(ids.of_result("functions.f:0", legal), "functions_f_0_2");
        assert_eq!(ids.open("", legal), "call");
        assert_eq!(ids.open(&"x".repeat(100), legal).len(), 58);
        assert_eq!(ids.of_result("unknown.1", legal), "unknown_1");
    }
}
