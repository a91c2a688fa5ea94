//! Where the values of a statement stand in its text.

use std::fmt::Write;

use crate::store::Backend;

/// How a database writes the place of a value.
#[derive(Clone, Copy)]
pub(super) enum Places {
    /// `?`. SQLite would look up each `$n` by its name, in a time that grows with the square of their number.
    Question,
    /// `$1`, `$2` and so on: PostgreSQL.
    Numbered,
}

// === impl Places ===

impl Places {
    pub(super) fn of(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::Question,
            Backend::Postgres => Self::Numbered,
        }
    }

    /// Writes so many rows of places, each place with what its type is cast to, if anything.
    pub(super) fn rows(self, text: &mut String, rows: usize, casts: &[&str]) {
        let mut number = 0;
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for (column, cast) in casts.iter().enumerate() {
                number += 1;
                text.push_str(if column == 0 { "" } else { ", " });
                self.place(text, number, cast);
            }
            text.push(')');
        }
    }

    fn place(self, text: &mut String, number: usize, cast: &str) {
        let (before, after) = if cast.is_empty() {
            ("", "")
        } else {
            ("CAST(", " AS ")
        };
        text.push_str(before);
        match self {
            Self::Question => text.push('?'),
            // A string takes whatever is written to it.
            Self::Numbered => _ = write!(text, "${number}"),
        }
        text.push_str(after);
        if !cast.is_empty() {
            text.push_str(cast);
            text.push(')');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_where_the_database_wants_it() {
        let mut text = String::new();
        Places::Numbered.rows(&mut text, 2, &["TEXT", ""]);
        Places::Question.rows(&mut text, 1, &["", "BIGINT"]);
        assert_eq!(
            text,
            "(CAST($1 AS TEXT), $2), (CAST($3 AS TEXT), $4)(?, CAST(? AS BIGINT))"
        );
    }
}
