//! The matrix as a table for people: a line an entry, a column an architecture.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{CellAlignment, Table, presets};

use crate::record::Record;
use crate::resources::{Key, Resources};

/// `registers/shared` of every entry on every architecture, in the order of the record; spills and stack, which are
/// rare, are spelt out.
pub fn table(record: &Record) -> String {
    let columns: BTreeSet<Key> = record.keys().map(column).collect();
    let mut lines: BTreeMap<Line, BTreeMap<Key, String>> = BTreeMap::new();
    for (key, resources) in record {
        lines.entry((&key.source, &key.entry)).or_default().insert(column(key), cell(resources));
    }

    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let headings = columns.iter().map(|key| format!("{}\nby {}", key.architecture, key.compiler));
    table.set_header(std::iter::once("entry".to_owned()).chain(headings));
    for ((_, entry), cells) in lines {
        let cells = columns.iter().map(|column| cells.get(column).map_or("-", String::as_str));
        table.add_row(std::iter::once(entry).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// Source and entry.
type Line<'a> = (&'a str, &'a str);

/// What machine codes of one column have in common.
fn column(key: &Key) -> Key {
    Key { source: String::new(), entry: String::new(), ..key.clone() }
}

fn cell(resources: &Resources) -> String {
    let Resources { registers, shared, stack, spill_stores, spill_loads, .. } = *resources;
    let mut text = format!("{registers}/{shared}");
    if stack > 0 {
        text += &format!(" stack {stack}");
    }
    if spill_stores.max(spill_loads) > 0 {
        text += &format!(" spills {spill_stores}+{spill_loads}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_an_entry_and_a_column_an_architecture() {
        let key = |entry: &str, compiler: &str, architecture: &str| Key {
            source: "a/a.cu".into(),
            entry: entry.into(),
            compiler: compiler.into(),
            architecture: architecture.into(),
        };
        let numbers = Resources { registers: 32, shared: 256, ..Resources::default() };
        let record = Record::from([
            (
                key("fold", "12.9", "sm_90"),
                Resources { spill_stores: 8, spill_loads: 12, stack: 8, ..numbers },
            ),
            (key("scan", "13.0", "sm_90"), numbers),
            (key("scan", "12.9", "sm_70"), numbers),
        ]);
        let shown = table(&record);
        let lines: Vec<Vec<_>> = shown
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(lines[0], ["entry", "sm_70", "sm_90", "sm_90"], "{shown}");
        assert_eq!(lines[1], ["by 12.9", "by 12.9", "by 13.0"], "{shown}");
        assert_eq!(lines[2], ["fold", "-", "32/256 stack 8 spills 8+12", "-"], "{shown}");
        assert_eq!(lines[3], ["scan", "32/256", "-", "32/256"], "{shown}");
    }
}
