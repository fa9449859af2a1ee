//! The report for people.

use comfy_table::{Table, presets};

use crate::report::{Measured, Report};

/// Peaks, then one line for each piece of work.
pub fn print(report: &Report) {
    let mut peaks = table(&["peak, measured", "value"]);
    for (name, value) in &report.peaks {
        peaks.add_row([(*name).to_owned(), format!("{value:.3e}")]);
    }
    println!("{peaks}\n");
    let mut work =
        table(&["work", "device", "sizes", "phase", "rate", "of the peak", "against the CPU", "differ"]);
    for measured in &report.results {
        let comparison = report.comparisons.iter().find(|comparison| comparison.candidate == measured.id);
        work.add_row(row(measured, comparison.map(|comparison| comparison.speedup_median)));
    }
    println!("{work}");
    for measured in &report.results {
        println!(
            "SOYAKU_RESULT {} median_items_per_s={:.4e} unit={}/s",
            measured.id, measured.items_per_s, measured.item
        );
    }
    for note in &report.notes {
        println!("note: {note}");
    }
    for reason in &report.invalid_reasons {
        println!("INVALID: {reason}");
    }
}

fn row(measured: &Measured, speedup: Option<f64>) -> Vec<String> {
    let sizes: Vec<_> = measured.params.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let share = measured.roofline.as_ref();
    let dash = || "-".to_owned();
    vec![
        measured.op.to_owned(),
        measured.device.clone(),
        sizes.join(", "),
        measured.phase.to_owned(),
        format!("{:.3e} {}/s", measured.items_per_s, measured.item),
        share.map_or_else(dash, |roofline| {
            format!("{:.0} % of {}", roofline.fraction * 100.0, roofline.bound)
        }),
        speedup.map_or_else(dash, |speedup| format!("{speedup:.1}x")),
        measured.check.map_or_else(dash, |check| format!("{} of {}", check.mismatches, check.compared)),
    ]
}

fn table(titles: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(titles);
    table
}
