//! Tables of Markdown, as far as our documents use them.

/// A table's rows below its head, each a list of cells without the blanks around them.
pub(crate) type Rows = Vec<Vec<String>>;

/// The table whose head begins with these cells; none if there is no such table or more than one.
pub(crate) fn table(text: &str, head: &[&str]) -> Option<Rows> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &&str| cells(line).is_some_and(|cells| cells.iter().take(head.len()).eq(head));
    let mut heads = (0..lines.len()).filter(|at| begins(&lines[*at]));
    let start = heads.next().filter(|_| heads.next().is_none())?;
    let ruler = cells(lines.get(start + 1)?)?;
    if !ruler
        .iter()
        .all(|cell| cell.contains('-') && cell.trim_matches(['-', ':']).is_empty())
    {
        return None;
    }
    Some(lines[start + 2..].iter().map_while(|line| cells(line)).collect())
}

/// What stands between the first backticks of a cell; the cell itself if there are none.
pub(crate) fn word(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or(cell)
}

/// The cells of a line that begins and ends with a bar. A bar within a cell is written `\|`.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = vec![String::new()];
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.as_str().starts_with('|') => cells.last_mut()?.extend(rest.next()),
            '|' => cells.push(String::new()),
            c => cells.last_mut()?.push(c),
        }
    }
    Some(cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_head_and_ends_with_its_rows() {
        let text = "| a | b |\n|---|:-:|\n| 1 | 2 |\n|  `3` x | 4 \\| 5 |\n\n| c | d |\n|---|---|\n| 6 | 7 |\n";
        let rows = table(text, &["a", "b"]).unwrap();
        assert_eq!(rows, [["1", "2"], ["`3` x", "4 | 5"]]);
        assert_eq!(word(&rows[1][0]), "3");
        assert_eq!(table(text, &["c"]).unwrap().len(), 1);
    }

    #[test]
    fn no_table_and_two_of_them_are_none() {
        assert_eq!(table("a\n", &["a"]), None);
        assert_eq!(table("| a |\nb\n", &["a"]), None);
        let one = "| a |\n|---|\n| 1 |\n\n";
        assert_eq!(table(&one.repeat(2), &["a"]), None);
    }
}
