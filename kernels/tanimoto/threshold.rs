//! The lowest similarity that still counts, as an exact fraction.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Most digits after the point: 10^9 is the largest power of ten in 32 bits.
const MAX_DECIMALS: usize = 9;
/// Numerator and denominator together fit 32 bits: products with counts need no more than 64 on any device.
const MAX_DENOMINATOR: u32 = 10_u32.pow(MAX_DECIMALS as u32);

/// A Tanimoto similarity as an exact fraction from 0 to 1, in lowest terms: `0.7` is 7/10, not the nearest binary
/// number to it. A pair with 7 of 10 bits in common therefore meets it on every device.
///
/// ```
/// use soyaku_kernels::tanimoto::Threshold;
///
/// let threshold: Threshold = "0.70".parse()?;
/// assert_eq!((threshold.numerator(), threshold.denominator()), (7, 10));
/// assert!(threshold.is_met(7, 10) && !threshold.is_met(69, 99));
/// # Ok::<(), soyaku_kernels::tanimoto::ThresholdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Threshold {
    numerator: u32,
    denominator: u32,
}

/// Why a text is no threshold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// Not a plain decimal number.
    #[error("'{0}' is no similarity: expected a decimal number from 0 to 1, such as 0.7")]
    NotANumber(String),
    /// Below 0 or above 1.
    #[error("similarity {0} is out of range: expected a decimal number from 0 to 1")]
    OutOfRange(String),
    /// More digits than can be kept exactly.
    #[error("similarity {0} has too many digits: expected at most {MAX_DECIMALS} after the point")]
    TooManyDigits(String),
}

impl Threshold {
    /// Every pair meets it.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// Only equal fingerprints with at least one bit meet it.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator` in lowest terms; `None` where that is no number from 0 to 1 or its denominator is above
    /// a billion.
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            return None;
        }
        let (mut divisor, mut rest) = (denominator, numerator);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        if denominator / divisor > MAX_DENOMINATOR {
            return None;
        }
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// A bound that is only compared with: not in lowest terms, so `==` does not hold for equal numbers. The
    /// denominator is at least 1 and the numerator not above it.
    pub(super) const fn unreduced(numerator: u32, denominator: u32) -> Self {
        Self { numerator, denominator }
    }

    /// Numerator, in lowest terms.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// Denominator, in lowest terms; at least 1.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Whether a pair with `both` bits in common and `either` bits in all is at least this similar. Two fingerprints
    /// without any bit have similarity 0.
    #[inline(always)]
    pub const fn is_met(self, both: u32, either: u32) -> bool {
        let either = if either == 0 { 1 } else { either };
        both as u64 * self.denominator as u64 >= self.numerator as u64 * either as u64
    }

    /// The popcounts, first and last, that a fingerprint can have and be this similar to one with `popcount` bits:
    /// with `a <= b` bits the similarity is at most `a / b` (BitBound, Swamidass and Baldi 2007). Empty (first > last)
    /// where none can.
    pub fn popcounts(self, popcount: u16) -> (u16, u16) {
        if self.numerator == 0 {
            return (0, u16::MAX);
        }
        let (numerator, denominator) = (u64::from(self.numerator), u64::from(self.denominator));
        let first = (u64::from(popcount) * numerator).div_ceil(denominator).max(1);
        let last = (u64::from(popcount) * denominator / numerator).min(u64::from(u16::MAX));
        (first as u16, last as u16)
    }
}

impl Ord for Threshold {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u64::from(self.numerator) * u64::from(other.denominator);
        left.cmp(&(u64::from(other.numerator) * u64::from(self.denominator)))
    }
}

impl PartialOrd for Threshold {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let not_a_number = || ThresholdError::NotANumber(text.chars().take(40).collect());
        let out_of_range = || ThresholdError::OutOfRange(text.chars().take(40).collect());
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && decimals.is_empty() || !is_digits(whole) || !is_digits(decimals) {
            return Err(not_a_number());
        }
        let whole = whole.trim_start_matches('0');
        let decimals = decimals.trim_end_matches('0');
        if text.starts_with('-') && !(whole.is_empty() && decimals.is_empty()) {
            return Err(out_of_range());
        }
        match (whole, decimals) {
            ("", "") => return Ok(Self::ZERO),
            ("1", "") => return Ok(Self::ONE),
            ("", _) => {}
            _ => return Err(out_of_range()),
        }
        if decimals.len() > MAX_DECIMALS {
            return Err(ThresholdError::TooManyDigits(text.chars().take(40).collect()));
        }
        let numerator = decimals.parse().map_err(|_| not_a_number())?;
        Self::new(numerator, 10_u32.pow(decimals.len() as u32)).ok_or_else(out_of_range)
    }
}

/// As a decimal number where it is one with at most nine digits, else as a fraction.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billionths = u64::from(self.numerator) * 1_000_000_000;
        let denominator = u64::from(self.denominator);
        if !billionths.is_multiple_of(denominator) {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        }
        match billionths / denominator {
            0 => f.write_str("0"),
            1_000_000_000 => f.write_str("1"),
            decimals => f.write_str(format!("0.{decimals:09}").trim_end_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_is_read_exactly() {
        for (text, numerator, denominator, shown) in [
            ("0.7", 7, 10, "0.7"),
            ("0.70", 7, 10, "0.7"),
            (".25", 1, 4, "0.25"),
            ("+0.5", 1, 2, "0.5"),
            ("0", 0, 1, "0"),
            ("-0.0", 0, 1, "0"),
            ("0.", 0, 1, "0"),
            ("1", 1, 1, "1"),
            ("01.000000000000", 1, 1, "1"),
            ("0.123456789", 123_456_789, 1_000_000_000, "0.123456789"),
            ("0.000000001", 1, 1_000_000_000, "0.000000001"),
        ] {
            let threshold: Threshold = text.parse().unwrap();
            assert_eq!((threshold.numerator(), threshold.denominator()), (numerator, denominator), "{text}");
            assert_eq!(threshold.to_string(), shown);
            assert_eq!(shown.parse(), Ok(threshold));
        }
        assert_eq!(Threshold::new(2, 6).unwrap().to_string(), "1/3");
    }

    #[test]
    fn nonsense_is_refused_with_what_would_be_accepted() {
        for text in ["", ".", "+", "-", "0,7", "7e-1", "nan", "inf", "0.7 ", "0x1", "0.7.1", "--0.5", "٠.٥"]
        {
            let error = text.parse::<Threshold>().unwrap_err();
            assert!(matches!(error, ThresholdError::NotANumber(_)), "{text}: {error}");
            assert!(error.to_string().contains("from 0 to 1"));
        }
        for text in ["1.01", "-0.1", "-1", "2", "70", "1.000000001", "99999999999999999999"] {
            assert!(matches!(text.parse::<Threshold>(), Err(ThresholdError::OutOfRange(_))), "{text}");
        }
        let error = "0.1234567891".parse::<Threshold>().unwrap_err().to_string();
        assert_eq!(error, "similarity 0.1234567891 has too many digits: expected at most 9 after the point");
        assert_eq!(Threshold::new(2, 1), None);
        assert_eq!(Threshold::new(0, 0), None);
        assert_eq!(Threshold::new(1, 1_000_000_001), None);
    }

    #[test]
    fn popcounts_are_exactly_those_that_can_reach_it() {
        let thresholds = ["0", "0.001", "0.3", "0.333333333", "0.7", "0.999", "1"]
            .map(|text| text.parse::<Threshold>().unwrap());
        for threshold in thresholds {
            for query in [0, 1, 2, 7, 48, 2048, 16_384, u16::MAX] {
                let (first, last) = threshold.popcounts(query);
                let others = (0..=300).chain([1999, 2048, 2049, 16_383, 16_384, 65_534, 65_535]);
                for other in others {
                    let reachable =
                        threshold.is_met(u32::from(query.min(other)), u32::from(query.max(other)));
                    assert_eq!((first..=last).contains(&other), reachable, "{threshold} {query} {other}");
                }
            }
        }
    }

    #[test]
    fn order_is_that_of_the_numbers() {
        let third = Threshold::new(1, 3).unwrap();
        let below: Threshold = "0.333333333".parse().unwrap();
        assert!(below < third && third < "0.333333334".parse().unwrap());
        assert!(Threshold::ZERO < below && third < Threshold::ONE);
        assert!(!Threshold::ONE.is_met(0, 0) && Threshold::ZERO.is_met(0, 0));
    }
}
