//! How similar two fingerprints are: the measures, in integers.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{Hit, Threshold};

/// A measure of similarity of two sets of bits: `a` and `b` bits are set in the query and in the row, `c` in both. All
/// go from 0 to 1, and are 0 where `c` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Measure {
    /// c / (a + b - c); also named after Jaccard.
    #[default]
    Tanimoto,
    /// 2 c / (a + b); also named after Sørensen. It orders rows as Tanimoto does.
    Dice,
    /// c / sqrt(a b); also named after Ochiai.
    Cosine,
    /// c / (alpha (a - c) + beta (b - c) + c), after Tversky (1977).
    Tversky {
        /// How much bits count that only the query has.
        alpha: Weight,
        /// How much bits count that only the row has.
        beta: Weight,
    },
}

/// A weight of [`Measure::Tversky`]: a decimal number from 0 to 100, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u32);

/// Parts of 1 that a weight counts.
const UNIT: u32 = 1_000_000;
/// Digits of a weight after the point.
const DECIMALS: usize = 6;

/// Why a text names no measure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no measure: expected tanimoto, dice, cosine or tversky:ALPHA,BETA with weights from 0 to 100"
)]
pub struct UnknownMeasure(String);

/// A score as a fraction, on a scale of the measure's own that orders as the measure does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Score {
    pub(super) numerator: u64,
    /// At least 1, and at least the numerator where popcounts are right.
    pub(super) denominator: u64,
}

impl Score {
    /// What every pair reaches.
    pub(super) const ZERO: Self = Self { numerator: 0, denominator: 1 };

    #[inline]
    pub(super) fn cmp(self, other: Self) -> Ordering {
        let left = u128::from(self.numerator) * u128::from(other.denominator);
        left.cmp(&(u128::from(other.numerator) * u128::from(self.denominator)))
    }
}

impl Measure {
    /// Whether two compounds are as similar whichever of them is the query.
    pub fn is_symmetric(self) -> bool {
        match self {
            Self::Tversky { alpha, beta } => alpha == beta,
            Self::Tanimoto | Self::Dice | Self::Cosine => true,
        }
    }

    /// The similarity of a query with `popcount` bits and a row that was found for it: the nearest double to the value,
    /// of [`Measure::Cosine`] that of `c / sqrt(a b)` computed in doubles.
    pub fn similarity(self, popcount: u16, hit: &Hit) -> f64 {
        match self {
            Self::Tanimoto => hit.similarity(),
            Self::Cosine => {
                let product = u64::from(popcount) * u64::from(other(u32::from(popcount), hit));
                if product == 0 { 0.0 } else { f64::from(hit.both) / (product as f64).sqrt() }
            }
            Self::Dice | Self::Tversky { .. } => {
                let Score { numerator, denominator } = self.score(u32::from(popcount), hit);
                numerator as f64 / denominator as f64
            }
        }
    }

    /// The similarity as a fraction; for [`Measure::Cosine`] its square.
    #[inline]
    pub(super) fn score(self, popcount: u32, hit: &Hit) -> Score {
        let both = u64::from(hit.both);
        let (numerator, denominator) = match self {
            Self::Tanimoto => (both, u64::from(hit.either)),
            Self::Dice => (2 * both, both + u64::from(hit.either)),
            Self::Cosine => (both * both, u64::from(popcount) * u64::from(other(popcount, hit))),
            Self::Tversky { alpha, beta } => {
                let only_query = u64::from(popcount.saturating_sub(hit.both));
                let only_row = u64::from(hit.either.saturating_sub(popcount));
                let common = both * u64::from(UNIT);
                (common, u64::from(alpha.0) * only_query + u64::from(beta.0) * only_row + common)
            }
        };
        Score { numerator, denominator: denominator.max(1) }
    }

    /// A threshold on the scale of [`Measure::score`].
    pub(super) fn threshold(self, threshold: Threshold) -> Score {
        let (numerator, denominator) = (u64::from(threshold.numerator()), u64::from(threshold.denominator()));
        match self {
            // At most 10^9 each.
            Self::Cosine => Score { numerator: numerator.pow(2), denominator: denominator.pow(2) },
            _ => Score { numerator, denominator },
        }
    }

    /// The least number of bits that a query with `popcount` bits and a row with `other` bits must have in common to
    /// reach a score. Rows of more bits need no fewer. Above `min(popcount, other)` where none can.
    #[inline]
    pub(super) fn least_common(self, bound: Score, popcount: u32, other: u32) -> u32 {
        let Score { numerator: n, denominator: d } = bound;
        if n == 0 {
            return 0;
        }
        let sum = u64::from(popcount) + u64::from(other);
        let least = match self {
            // A sum has 17 bits, a numerator at most 31, since it is that of a threshold or a number of bits.
            Self::Tanimoto => (n * sum).div_ceil(n + d),
            Self::Dice => (n * sum).div_ceil(2 * d),
            Self::Cosine => {
                let square = (u128::from(n) * u128::from(u64::from(popcount) * u64::from(other)))
                    .div_ceil(u128::from(d));
                let root = square.isqrt();
                (root + u128::from(root * root < square)) as u64
            }
            Self::Tversky { alpha, beta } => {
                let (n, d) = (u128::from(n), u128::from(d));
                let (alpha, beta) = (u128::from(alpha.0), u128::from(beta.0));
                let needed = n * (alpha * u128::from(popcount) + beta * u128::from(other));
                let each = u128::from(UNIT) * (d - n.min(d)) + n * (alpha + beta);
                // Nothing but common bits counts, and all of 1 is asked for: a single one is enough.
                if each == 0 { 1 } else { needed.div_ceil(each) as u64 }
            }
        };
        least.clamp(1, u64::from(u32::MAX)) as u32
    }

    /// Whether a pair reaches a score.
    #[inline]
    pub(super) fn reaches(self, bound: Score, popcount: u32, hit: &Hit) -> bool {
        self.score(popcount, hit).cmp(bound) != Ordering::Less
    }

    /// The order of results for a query: `Less` comes first, which is the more similar, of equals the lower row.
    #[inline]
    pub(super) fn cmp_rank(self, popcount: u32, one: &Hit, two: &Hit) -> Ordering {
        match self {
            Self::Tanimoto | Self::Dice => one.cmp_rank(two),
            _ => self.score(popcount, two).cmp(self.score(popcount, one)).then(one.row.cmp(&two.row)),
        }
    }
}

/// Bits of the row.
#[inline]
fn other(popcount: u32, hit: &Hit) -> u32 {
    (hit.both + hit.either).saturating_sub(popcount)
}

impl Weight {
    /// The weight as a double.
    pub fn value(self) -> f64 {
        f64::from(self.0) / f64::from(UNIT)
    }
}

impl FromStr for Weight {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = decimals.trim_end_matches('0');
        if !is_digits(whole) || !is_digits(decimals) || text.trim_matches('.').is_empty() {
            return Err(());
        }
        if decimals.len() > DECIMALS || whole.len() > 3 {
            return Err(());
        }
        let number = |digits: &str| if digits.is_empty() { Ok(0_u32) } else { digits.parse() };
        let parts = number(&format!("{decimals:0<DECIMALS$}")).map_err(|_| ())?;
        let value = number(whole).map_err(|_| ())? * UNIT + parts;
        if value > 100 * UNIT { Err(()) } else { Ok(Self(value)) }
    }
}

impl FromStr for Measure {
    type Err = UnknownMeasure;

    fn from_str(text: &str) -> Result<Self, UnknownMeasure> {
        let unknown = || UnknownMeasure(text.chars().take(60).collect());
        let (name, weights) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        match (name.to_ascii_lowercase().as_str(), weights) {
            ("tanimoto", None) => Ok(Self::Tanimoto),
            ("dice", None) => Ok(Self::Dice),
            ("cosine", None) => Ok(Self::Cosine),
            ("tversky", Some(weights)) => {
                let (alpha, beta) = weights.split_once(',').ok_or_else(unknown)?;
                let weight = |text: &str| text.parse().map_err(|()| unknown());
                Ok(Self::Tversky { alpha: weight(alpha)?, beta: weight(beta)? })
            }
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tanimoto => f.write_str("tanimoto"),
            Self::Dice => f.write_str("dice"),
            Self::Cosine => f.write_str("cosine"),
            Self::Tversky { alpha, beta } => write!(f, "tversky:{},{}", alpha.value(), beta.value()),
        }
    }
}

/// A threshold of Dice is one of Tanimoto: `t / (2 - t)`.
pub(super) fn of_dice(threshold: Threshold) -> Threshold {
    Threshold::unreduced(threshold.numerator(), 2 * threshold.denominator() - threshold.numerator())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURES: [&str; 12] = [
        "tanimoto",
        "dice",
        "cosine",
        "tversky:1,1",
        "tversky:0,0",
        "tversky:0.5,0.5",
        "tversky:1,0",
        "tversky:0,1",
        "tversky:0.9,0.000001",
        "tversky:100,100",
        "tversky:0,100",
        "tversky:100,0",
    ];

    fn hit(a: u32, b: u32, both: u32) -> Hit {
        Hit { row: 0, both, either: a + b - both }
    }

    /// The definition, in doubles.
    fn defined(measure: Measure, a: u32, b: u32, c: u32) -> f64 {
        let (a, b, c) = (f64::from(a), f64::from(b), f64::from(c));
        if c == 0.0 {
            return 0.0;
        }
        match measure {
            Measure::Tanimoto => c / (a + b - c),
            Measure::Dice => 2.0 * c / (a + b),
            Measure::Cosine => c / (a * b).sqrt(),
            Measure::Tversky { alpha, beta } => c / (alpha.value() * (a - c) + beta.value() * (b - c) + c),
        }
    }

    #[test]
    fn similarities_are_the_definitions() {
        for measure in MEASURES.map(|text| text.parse::<Measure>().unwrap()) {
            for (a, b) in [(0, 0), (0, 5), (1, 1), (7, 12), (50, 48), (2048, 3), (16_384, 16_384)] {
                for both in [0, 1, a.min(b) / 2, a.min(b)] {
                    let both = both.min(a.min(b));
                    let got = measure.similarity(a as u16, &hit(a, b, both));
                    let expected = defined(measure, a, b, both);
                    assert!((got - expected).abs() <= 1e-15, "{measure} {a} {b} {both}: {got} {expected}");
                }
            }
        }
    }

    /// Asserts that so many bits in common reach the bound and fewer do not, and that rows of more bits need no fewer.
    fn assert_least_common(measure: Measure, bound: Score, a: u32, rows: impl Iterator<Item = u32>) {
        let mut before = 0;
        for b in rows {
            let least = measure.least_common(bound, a, b);
            for both in 0..=a.min(b) {
                let reached = measure.reaches(bound, a, &hit(a, b, both));
                assert_eq!(both >= least, reached, "{measure} {bound:?} {a} {b} {both}: {least}");
            }
            assert!(least >= before, "{measure} {bound:?} {a} {b}: {least} after {before}");
            before = least;
        }
    }

    #[test]
    fn the_least_common_bits_are_those_that_reach_the_score() {
        let thresholds = ["0", "0.000000001", "0.3", "0.333333333", "0.5", "0.7", "0.9", "1"];
        for measure in MEASURES.map(|text| text.parse::<Measure>().unwrap()) {
            for threshold in thresholds.map(|text| text.parse::<Threshold>().unwrap()) {
                for a in [0, 1, 2, 7, 20, 48] {
                    assert_least_common(measure, measure.threshold(threshold), a, 0..=60);
                }
            }
        }
    }

    #[test]
    fn the_score_of_any_hit_is_a_bound() {
        for measure in MEASURES.map(|text| text.parse::<Measure>().unwrap()) {
            for a in [0, 1, 7, 16] {
                for (b, both) in (0..=24).flat_map(|b| (0..=a.min(b)).map(move |both| (b, both))) {
                    let bound = measure.score(a, &hit(a, b, both));
                    assert_least_common(measure, bound, a, 0..=24);
                    // That of a pick and a row is a bound for other picks too.
                    assert_least_common(measure, bound, a + 3, 0..=24);
                    // Of 0,0 a single one is as good as all.
                    if both > 0 && measure.to_string() != "tversky:0,0" {
                        assert_eq!(measure.least_common(bound, a, b), both, "{measure} {a} {b} {both}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_widest_fingerprints_do_not_overflow() {
        for measure in MEASURES.map(|text| text.parse::<Measure>().unwrap()) {
            let threshold = measure.threshold("0.999999999".parse().unwrap());
            for most in [16_384, 65_535] {
                let least = measure.least_common(threshold, most, most);
                assert!(
                    least <= most && measure.reaches(threshold, most, &hit(most, most, least)),
                    "{measure}"
                );
            }
        }
    }

    #[test]
    fn dice_is_a_matter_of_tanimoto() {
        for text in ["0", "0.4", "0.823529411", "1"] {
            let threshold: Threshold = text.parse().unwrap();
            let (dice, tanimoto) = (Measure::Dice.threshold(threshold), of_dice(threshold));
            for (a, b) in [(5, 9), (48, 50), (0, 0), (13, 20)] {
                for both in 0..=a.min(b) {
                    let hit = hit(a, b, both);
                    let met = tanimoto.is_met(hit.both, hit.either);
                    assert_eq!(Measure::Dice.reaches(dice, a, &hit), met, "{text} {a} {b} {both}");
                }
            }
        }
    }

    #[test]
    fn names_are_read_and_shown() {
        for text in ["tanimoto", "dice", "cosine", "tversky:0.7,0.3", "tversky:0,1", "tversky:100,0.000001"] {
            assert_eq!(text.parse::<Measure>().unwrap().to_string(), text);
        }
        assert_eq!("Tversky:.50,1.".parse::<Measure>().unwrap().to_string(), "tversky:0.5,1");
        for text in [
            "",
            "jaccard",
            "tversky",
            "tversky:1",
            "tversky:1,",
            "tversky:-1,1",
            "tversky:1,2,3",
            "tversky:101,1",
            "tversky:1e2,1",
            "tversky:0.0000001,1",
            "tanimoto:1",
            "tversky:nan,1",
            "tversky:.,1",
        ] {
            let error = text.parse::<Measure>().unwrap_err().to_string();
            assert!(error.contains("tversky:ALPHA,BETA"), "{error}");
        }
    }
}
