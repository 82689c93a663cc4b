//! Tables and paragraphs that fit the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// A table without lines, as kubectl prints them: a header in capitals, columns
/// two spaces apart, every row one line.
pub(crate) fn table(header: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(header.iter().copied())
        .add_rows(rows);
    table.set_content_arrangement(ContentArrangement::Disabled);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether every line fits a terminal; everything fits a pipe.
pub(crate) fn fits(lines: &[String], columns: Option<usize>) -> bool {
    columns.is_none_or(|columns| lines.iter().all(|line| line.chars().count() <= columns))
}

/// Breaks every line of `text` at spaces so that it fits `columns`, and indents
/// all lines but the first; deeper where the line itself starts with spaces.
pub(crate) fn wrap(text: &str, columns: usize, indent: &str) -> String {
    let mut out = Vec::new();
    for line in text.lines() {
        let own: String = line.chars().take_while(|c| *c == ' ').collect();
        let mut current = format!("{indent}{own}");
        let mut empty = true;
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let width = current.chars().count() + 1 + word.chars().count();
            if !empty && width > columns {
                out.push(std::mem::replace(&mut current, format!("{indent}{own}  ")));
                empty = true;
            }
            if !empty {
                current.push(' ');
            }
            current.push_str(word);
            empty = false;
        }
        out.push(current);
    }
    out.join("\n")
}

/// On one line, with nothing in it that could move the cursor or turn the text around.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_and_indents() {
        assert_eq!(wrap("one two three", 10, "  "), "  one two\n    three");
        assert_eq!(wrap("a\n  b c", 80, ""), "a\n  b c");
        assert_eq!(wrap("averyverylongword", 5, ""), "averyverylongword");
    }

    #[test]
    fn a_row_is_a_line() {
        let rows = vec![vec!["a".to_owned(), "x".repeat(300)]];
        let printed = table(&["ONE", "TWO"], rows);
        assert_eq!(
            printed,
            ["ONE  TWO".to_owned(), format!("a    {}", "x".repeat(300))]
        );
        assert!(fits(&printed, None));
        assert!(!fits(&printed, Some(304)));
        assert!(fits(&printed, Some(305)));
    }
}
