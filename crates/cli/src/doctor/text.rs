//! The report for people: a line for each finding, what to do below it.

use super::Report;
use super::finding::{Finding, Level};

/// Width of the longest mark and the longest name of a part.
const MARK: usize = 7;
const PART: usize = 16;

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut text = format!("soyaku {}\n", report.soyaku_version);
    for finding in &report.findings {
        text.push_str(&lines(finding));
    }
    text
}

fn lines(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Missing => "missing",
    };
    let part = finding.part.replace('_', " ");
    let mut lines = format!("{mark:MARK$}  {part:PART$}  {}\n", finding.message);
    if let Some(advice) = &finding.advice {
        let margin = MARK + 2 + PART + 2;
        lines.push_str(&format!("{:margin$}-> {advice}\n", ""));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_below_what_it_is_about() {
        let fine = lines(&Finding::ok("hdf5", "2.0.0"));
        assert_eq!(fine, "ok       hdf5              2.0.0\n");
        let warned = lines(&Finding::warn("working_folder", "/data (nfs)", "take care"));
        let expected = "warn     working folder    /data (nfs)\n                           -> take care\n";
        assert_eq!(warned, expected);
    }
}
