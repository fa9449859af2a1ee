//! How well a ranking puts actives first.
//!
//! A ranking is a sequence of [`Ties`]: compounds of equal score, the best first. Compounds of equal score can be put in
//! any order, and a measure that took them as they happen to lie in a file would depend on the file. Every measure here
//! is its mean over all orders of equals (`log_auc`: that of the curve with straight lines through equals). Where each
//! compound is a tie of its own, they are the measures of that order.

/// Compounds of equal score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Actives among them.
    pub actives: u64,
    /// Inactives among them.
    pub inactives: u64,
}

impl Ties {
    /// All of them.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> u64 {
        self.actives + self.inactives
    }
}

/// A ranking with at least one active and one inactive, the best first.
#[derive(Clone, Debug)]
pub struct Ranking {
    ties: Vec<Ties>,
    total: Ties,
}

/// The best of a ranking, and the actives in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enrichment {
    /// Compounds looked at: the fraction of all, rounded up.
    pub compounds: u64,
    /// Actives among them; a part of a tie counts by its share.
    pub actives: f64,
    /// Enrichment factor: share of actives among them, by that among all.
    pub factor: f64,
    /// The largest possible factor: all of them active, or all actives among them.
    pub maximum: f64,
}

/// False positive rate from which [`Ranking::log_auc`] counts.
const LAMBDA: f64 = 0.001;

impl Ranking {
    /// `None` without any active or without any inactive: no measure is defined.
    pub fn new(ties: Vec<Ties>) -> Option<Self> {
        let mut total = Ties::default();
        for tie in &ties {
            total.actives += tie.actives;
            total.inactives += tie.inactives;
        }
        (total.actives > 0 && total.inactives > 0).then_some(Self { ties, total })
    }

    /// Actives and inactives in all.
    pub fn total(&self) -> Ties {
        self.total
    }

    /// Area under the ROC curve: the share of pairs of an active and an inactive in which the active comes first, equals
    /// counted half. The same as the rank-sum statistic of Mann and Whitney divided by the number of pairs.
    pub fn roc_auc(&self) -> f64 {
        let (mut above, mut halves) = (0_u128, 0_u128);
        for tie in &self.ties {
            halves += u128::from(tie.inactives) * (2 * above + u128::from(tie.actives));
            above += u128::from(tie.actives);
        }
        halves as f64 / (2 * u128::from(self.total.actives) * u128::from(self.total.inactives)) as f64
    }

    /// Area under the ROC curve over the decimal logarithm of the false positive rate, from 0.001 to 1, divided by 3:
    /// 1 where all actives come first. Mysinger and Shoichet, J. Chem. Inf. Model. 50, 1561-1573 (2010).
    pub fn log_auc(&self) -> f64 {
        let (actives, inactives) = (self.total.actives as f64, self.total.inactives as f64);
        let (mut x, mut y, mut area) = (0.0, 0.0, 0.0);
        let mut seen = Ties::default();
        for tie in &self.ties {
            seen.actives += tie.actives;
            seen.inactives += tie.inactives;
            let (right, top) = (seen.inactives as f64 / inactives, seen.actives as f64 / actives);
            let left = f64::max(x, LAMBDA);
            if right > left {
                // On this line the rate of true positives is `base + slope * false positive rate`.
                let slope = (top - y) / (right - x);
                let base = top - slope * right;
                area += base * (right / left).ln() + slope * (right - left);
            }
            (x, y) = (right, top);
        }
        area / -LAMBDA.ln()
    }

    /// [`Self::log_auc`] above that of a random order, which is 0.14462.
    pub fn adjusted_log_auc(&self) -> f64 {
        self.log_auc() - (1.0 - LAMBDA) / -LAMBDA.ln()
    }

    /// Robust initial enhancement: the sum of `exp(-alpha * rank / n)` over the actives by what it is on average in a
    /// random order, so 1 for random. Sheridan, Singh, Fluder, Kearsley, J. Chem. Inf. Comput. Sci. 41, 1395-1406
    /// (2001), with the average of Truchon and Bayly.
    ///
    /// `alpha` is above 0.
    pub fn rie(&self, alpha: f64) -> f64 {
        let step = alpha / self.total.len() as f64;
        let (mut sum, mut before) = (0.0, 0_u64);
        for tie in &self.ties {
            if tie.actives > 0 {
                // The geometric series over the places of the tie, without the factor that all of them share.
                let places = (-step * before as f64).exp() * -(-step * tie.len() as f64).exp_m1();
                sum += places * (tie.actives as f64 / tie.len() as f64);
            }
            before += tie.len();
        }
        sum / (-(-alpha).exp_m1() * self.ratio())
    }

    /// Boltzmann-enhanced discrimination of ROC: [`Self::rie`] brought to 0 (all actives last) to 1 (all first). With
    /// the usual alpha of 20, 80 % of it come from the first 8 % of the ranking; with few actives, a random order
    /// has 1 / alpha. Truchon and Bayly, J. Chem. Inf. Model. 47, 488-508 (2007).
    ///
    /// `alpha` is above 0.
    pub fn bedroc(&self, alpha: f64) -> f64 {
        let ratio = self.ratio();
        let scale = ratio * -(-alpha).exp_m1();
        let max = -(-alpha * ratio).exp_m1() / scale;
        let min = (-alpha * (1.0 - ratio)).exp() * -(-alpha * ratio).exp_m1() / scale;
        (self.rie(alpha) - min) / (max - min)
    }

    /// What the first `per_mille` thousandths hold, from 1 to 1000.
    pub fn enrichment(&self, per_mille: u32) -> Enrichment {
        let all = self.total.len();
        let wanted =
            (u128::from(all) * u128::from(per_mille)).div_ceil(1000).clamp(1, u128::from(all)) as u64;
        let (mut before, mut actives) = (0, 0.0);
        for tie in &self.ties {
            let rest = wanted - before;
            if tie.len() >= rest {
                actives += tie.actives as f64 * (rest as f64 / tie.len() as f64);
                break;
            }
            before += tie.len();
            actives += tie.actives as f64;
        }
        let factor = |actives: f64| actives / wanted as f64 / self.ratio();
        let maximum = factor(self.total.actives.min(wanted) as f64);
        Enrichment { compounds: wanted, actives, factor: factor(actives), maximum }
    }

    /// Share of actives.
    fn ratio(&self) -> f64 {
        self.total.actives as f64 / self.total.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ranking of `1` (active) and `0`, with equals in brackets.
    fn ranking(text: &str) -> Ranking {
        let mut ties: Vec<Ties> = Vec::new();
        let mut inside = false;
        for letter in text.chars() {
            match letter {
                '(' => {
                    inside = true;
                    ties.push(Ties::default());
                }
                ')' => inside = false,
                _ => {
                    if !inside {
                        ties.push(Ties::default());
                    }
                    let tie = ties.last_mut().unwrap();
                    tie.actives += u64::from(letter == '1');
                    tie.inactives += u64::from(letter == '0');
                }
            }
        }
        Ranking::new(ties).unwrap()
    }

    #[track_caller]
    fn close(one: f64, other: f64) {
        assert!((one - other).abs() <= 1e-14 * other.abs().max(1.0), "{one}, expected {other}");
    }

    #[test]
    fn pairs_in_the_right_order() {
        close(ranking("1100").roc_auc(), 1.0);
        close(ranking("0011").roc_auc(), 0.0);
        close(ranking("1010").roc_auc(), 0.75);
        close(ranking("(1100)").roc_auc(), 0.5);
        // Of 6 pairs the first active wins 2, the second one and a half, the last none.
        close(ranking("1(10)01").roc_auc(), (2.0 + 1.5) / 6.0);
    }

    #[test]
    fn bedroc_by_hand() {
        // Each place counts half of that before: 1, 1/2, 1/4, 1/8.
        let alpha = 4.0 * std::f64::consts::LN_2;
        let measured = |text: &str| (ranking(text).rie(alpha), ranking(text).bedroc(alpha));
        for (text, rie, bedroc) in [
            ("1010", 4.0 / 3.0, 7.0 / 9.0),
            ("1100", 8.0 / 5.0, 1.0),
            ("0011", 2.0 / 5.0, 0.0),
            ("(1010)", 1.0, 1.0 / 2.0),
            // The mean of 1100 and 1010.
            ("1(10)0", 22.0 / 15.0, 8.0 / 9.0),
        ] {
            let (got_rie, got_bedroc) = measured(text);
            close(got_rie, rie);
            close(got_bedroc, bedroc);
        }
    }

    #[test]
    fn bedroc_stays_a_number_for_every_alpha() {
        for alpha in [1e-3, 0.5, 20.0, 160.9, 1e3, 1e5] {
            for (text, expected) in [("1100000000", 1.0), ("0000000011", 0.0)] {
                let got = ranking(text).bedroc(alpha);
                assert!((got - expected).abs() < 1e-9, "{text} at {alpha}: {got}");
            }
            assert!((0.0..=1.0).contains(&ranking("0110(0010)(01)").bedroc(alpha)));
        }
        // Truchon and Bayly: a random order of few actives has 1 / alpha.
        let random = Ranking::new(vec![Ties { actives: 10, inactives: 9_999_990 }]).unwrap();
        assert!((random.bedroc(20.0) - 0.05).abs() < 1e-5, "{}", random.bedroc(20.0));
    }

    #[test]
    fn enrichment_of_the_first_part() {
        let whole = ranking("11010000000000000000");
        let first = whole.enrichment(100);
        assert_eq!((first.compounds, first.actives), (2, 2.0));
        close(first.factor, 20.0 / 3.0);
        close(first.maximum, 20.0 / 3.0);
        let first = whole.enrichment(125);
        assert_eq!((first.compounds, first.actives), (3, 2.0));
        close(first.maximum, 20.0 / 3.0);
        close(first.factor, 40.0 / 9.0);
        // At least one compound, at most all.
        assert_eq!(whole.enrichment(5).compounds, 1);
        let all = whole.enrichment(1000);
        assert_eq!((all.compounds, all.actives, all.factor), (20, 3.0, 1.0));
        // Two of five equals are looked at: each active among the five with 2/5.
        let tied = ranking("(11000)0000000000000001").enrichment(50);
        assert_eq!(tied.compounds, 2);
        close(tied.actives, 0.8);
    }

    #[test]
    fn log_auc_by_hand() {
        close(ranking("1100").log_auc(), 1.0);
        close(ranking("(1100)").adjusted_log_auc(), 0.0);
        assert!((ranking("(10)").log_auc() - 0.144_62).abs() < 5e-6);
        // Half of the actives up to a false positive rate of 1/2, all from there on.
        let half = f64::log10(0.5) / 3.0;
        close(ranking("1010").log_auc(), 0.5 * (1.0 + half) - half);
    }

    #[test]
    fn one_class_is_not_measured() {
        assert!(Ranking::new(vec![Ties { actives: 3, inactives: 0 }]).is_none());
        assert!(Ranking::new(vec![Ties { actives: 0, inactives: 3 }]).is_none());
        assert!(Ranking::new(Vec::new()).is_none());
    }
}
