//! The best hits of a screen, for eyes; data is in `hits.csv`.

use comfy_table::{CellAlignment, Table};
use soyaku_screen::ScreenSummary;

use crate::format::{shorten, table, value};

/// Hits that are shown.
const HITS: usize = 10;
/// Prediction columns, and descriptors, that are shown where none was named in a condition or to rank by.
const UNNAMED_COLUMNS: usize = 3;
/// Characters of a line, and between two columns of the table.
const LINE: usize = 120;
const GAP: usize = 3;
/// Longest name, column heading, and SMILES; and what is left of a SMILES when space is short.
const NAME: usize = 20;
const HEADING: usize = 20;
const SMILES: usize = 48;
const SHORT_SMILES: usize = 24;

/// One column: heading and cells.
type Column = Vec<String>;

fn width(column: &Column) -> usize {
    column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0) + GAP
}

/// The first hits with the columns that matter most, in lines of at most 120 characters where SMILES and names allow.
pub fn hit_table(summary: &ScreenSummary) -> Table {
    let shown = &summary.hits[..summary.hits.len().min(HITS)];
    let column = |heading: &str, cells: Vec<String>| -> Column {
        std::iter::once(shorten(heading, HEADING)).chain(cells).collect()
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();

    let mut first = vec![column("rank", (1..=shown.len()).map(|rank| rank.to_string()).collect())];
    if shown.iter().any(|hit| !hit.name.is_empty()) {
        first.push(column("name", shown.iter().map(|hit| shorten(&text(&hit.name), NAME)).collect()));
    }
    let mut last = Vec::new();
    if shown.iter().any(|hit| hit.similarity.is_some()) {
        let similarity =
            |hit: &soyaku_screen::rank::Hit| hit.similarity.map_or(String::new(), |s| format!("{:.3}", s.0));
        last.push(column("similarity", shown.iter().map(similarity).collect()));
        let label = |index: u32| summary.reference_labels.get(index as usize).map_or("", String::as_str);
        let nearest = |hit: &soyaku_screen::rank::Hit| hit.similarity.map_or("", |s| label(s.1));
        last.push(column("nearest", shown.iter().map(|hit| shorten(nearest(hit), NAME)).collect()));
    }
    let predictions =
        shown_columns(summary, summary.columns.iter().map(String::as_str)).into_iter().map(|index| {
            let cells = shown.iter().map(|hit| value(hit.mean[index], hit.std[index])).collect();
            column(&summary.columns[index], cells)
        });
    let names: Vec<String> = summary.properties.iter().map(|property| property.name()).collect();
    let descriptors = shown_columns(summary, names.iter().map(String::as_str)).into_iter().map(|index| {
        let property = summary.properties[index];
        let cell = |value: f32| match property.is_integer() {
            true => value.to_string(),
            false => format!("{value:.2}"),
        };
        column(&names[index], shown.iter().map(|hit| cell(hit.descriptors[index])).collect())
    });
    let mut predictions: Vec<Column> = predictions.chain(descriptors).collect();

    let around: usize = first.iter().chain(&last).map(width).sum();
    let taken = |predictions: &[Column]| around + predictions.iter().map(width).sum::<usize>();
    while predictions.len() > 1 && taken(&predictions) + SHORT_SMILES + GAP > LINE {
        predictions.pop();
    }
    let room = LINE.saturating_sub(taken(&predictions) + GAP).clamp(SHORT_SMILES, SMILES);
    let smiles = column("SMILES", shown.iter().map(|hit| shorten(&text(&hit.smiles), room)).collect());

    let columns: Vec<Column> = first.into_iter().chain([smiles]).chain(predictions).chain(last).collect();
    let row = |index: usize| columns.iter().map(move |column| column[index].clone());
    let mut table = table(row(0));
    for index in 1..=shown.len() {
        table.add_row(row(index));
    }
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The columns that the user named to rank by or in a condition, or else the first.
fn shown_columns<'a>(summary: &ScreenSummary, names: impl ExactSizeIterator<Item = &'a str>) -> Vec<usize> {
    let configuration = &summary.configuration;
    let named = |name: &str| {
        configuration.rank_by.as_deref() == Some(name)
            || configuration.conditions.iter().any(|condition| {
                condition
                    .trim_start()
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.trim_start().starts_with(['<', '>', '=', '!']))
            })
    };
    let first = 0..names.len().min(UNNAMED_COLUMNS);
    let found: Vec<usize> =
        names.enumerate().filter(|(_, name)| named(name)).map(|(column, _)| column).collect();
    if found.is_empty() { first.collect() } else { found }
}
