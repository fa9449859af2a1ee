//! Numbers and tables for people.

use comfy_table::{LineStyle, Table, TableStyle};

/// An empty table with a line below its header and none elsewhere.
pub fn table(header: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(header.into_iter().collect::<Vec<_>>());
    table
}

/// `1234567` as `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds in the unit that suits: `0.82 s`, `12 s`, `3 min 20 s`, `2 h 05 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        0..=9 => format!("{seconds:.2} s"),
        10..=119 => format!("{whole} s"),
        120..=7199 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Bytes with a binary prefix.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{value} B") } else { format!("{scaled:.1} {}", UNITS[unit]) }
}

/// A prediction and its spread, to the two leading digits of the spread: `0.985 ± 0.012`.
pub fn value(mean: f32, std: f32) -> String {
    let (mean, std) = (f64::from(mean), f64::from(std));
    let scale = if std > 0.0 { std } else { mean.abs() / 100.0 };
    if !mean.is_finite() || scale.is_nan() || scale <= 0.0 {
        return format!("{mean}");
    }
    let decimals = (1 - scale.log10().floor() as i32).clamp(0, 4) as usize;
    if std > 0.0 { format!("{mean:.decimals$} ± {std:.decimals$}") } else { format!("{mean:.decimals$}") }
}

/// Text that fits a column of a table.
pub fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(["0", "999", "1,000", "1,936,962"], [0, 999, 1000, 1_936_962].map(count));
        assert_eq!(duration(0.824), "0.82 s");
        assert_eq!(duration(200.0), "3 min 20 s");
        assert_eq!(duration(7500.0), "2 h 05 min");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(value(0.985_12, 0.012_4), "0.985 ± 0.012");
        assert_eq!(value(-123.4, 17.2), "-123 ± 17");
        assert_eq!(value(0.5, 1e-9), "0.5000 ± 0.0000");
        assert_eq!([value(3.251_6, 0.0), value(0.0, 0.0)], ["3.252", "0"]);
        assert_eq!(value(f32::NAN, 0.1), "NaN");
        assert_eq!(shorten("héllo", 4), "hél…");
    }
}
