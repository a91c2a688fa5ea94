//! The places of a canonical request in the words of another dialect.

/// The place by a table of beginnings of canonical places and the dialect's words for them, of which the first that fits
/// counts. A beginning ends with a name, so that `user` is none of `user_location`, or with a dot.
pub(crate) fn placed(canonical: &str, table: &[(&str, &str)]) -> String {
    let own = table.iter().find_map(|(theirs, own)| {
        let rest = canonical.strip_prefix(theirs)?;
        let is_whole = theirs.ends_with('.') || rest.is_empty() || rest.starts_with(['.', '[']);
        is_whole.then(|| format!("{own}{rest}"))
    });
    own.unwrap_or_else(|| canonical.to_owned())
}

#[cfg(test)]
mod tests {
    use super::placed;

    #[test]
    fn a_place_has_the_words_of_the_first_beginning_that_fits() {
        let table = [
            ("user", "metadata.user_id"),
            ("messages[].file.", "blocks[]."),
            ("messages[].file", "blocks[]"),
            ("messages", "turns"),
        ];
        for (canonical, own) in [
            ("user", "metadata.user_id"),
            ("user_location", "user_location"),
            ("messages[].file.name", "blocks[].name"),
            ("messages[].file", "blocks[]"),
            ("messages[].file_id", "turns[].file_id"),
            ("messages[3].name", "turns[3].name"),
            ("top_k", "top_k"),
        ] {
            assert_eq!(placed(canonical, &table), own);
        }
    }
}
