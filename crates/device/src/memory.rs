//! Sizes of memory as people write them.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A number of bytes: `8GiB`, `500MB`, `1.5 GiB`, `1048576`.
///
/// `K`, `M`, `G`, `T` with `iB` or alone are powers of 1024, as schedulers read them; with `B` powers of 1000.
///
/// ```
/// use soyaku_device::MemorySize;
///
/// assert_eq!("8GiB".parse::<MemorySize>()?.bytes(), 8 << 30);
/// assert_eq!("500MB".parse::<MemorySize>()?.bytes(), 500_000_000);
/// assert_eq!(MemorySize::from_bytes(1536 << 20).to_string(), "1.5 GiB");
/// # Ok::<(), soyaku_device::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemorySize(u64);

impl MemorySize {
    /// That many bytes.
    pub fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for MemorySize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text.trim()).map(Self).ok_or_else(|| Error::MemorySize(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    };
    let bytes = match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(scale)?,
        Err(_) => {
            let bytes = number.parse::<f64>().ok()? * scale as f64;
            // 2^63: beyond it, and for what is no number, the conversion would not say so.
            if bytes.is_nan() || bytes >= 9.2e18 {
                return None;
            }
            bytes as u64
        }
    };
    (bytes > 0).then_some(bytes)
}

impl fmt::Display for MemorySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(1_u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
            if self.0 >= unit {
                let tenths = (self.0 as f64 / unit as f64 * 10.0).round() / 10.0;
                return write!(f, "{tenths} {name}");
            }
        }
        write!(f, "{} B", self.0)
    }
}

impl serde::Serialize for MemorySize {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (text, bytes) in [
            ("1", 1),
            ("512b", 512),
            ("2K", 2048),
            ("2kb", 2000),
            ("0.5 MiB", 524_288),
            ("8GiB", 8 << 30),
            ("8g", 8 << 30),
            ("1TB", 1_000_000_000_000),
            (" 3 TiB ", 3 << 40),
        ] {
            assert_eq!(text.parse::<MemorySize>().unwrap().bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "GiB", "-1", "1.2.3G", "8 gigs", "0", "0.0001", "99999999999999999999", "16777216TiB", "NaN"]
        {
            let message = text.parse::<MemorySize>().unwrap_err().to_string();
            assert!(message.contains("such as 8GiB"), "{text}: {message}");
        }
    }
}
