//! The measures of one evaluation, as they are written.

use serde::Serialize;

use super::measures::Ranking;
use crate::similar::UnusableQuery;

/// Thousandths of the ranking at which enrichment is measured.
const PER_MILLE: [u32; 5] = [5, 10, 20, 50, 100];

/// What an evaluation found.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The property of the library that has the labels.
    pub column: String,
    /// Queries that were compared.
    pub queries: u64,
    /// Queries that could not be used.
    pub unusable: Vec<UnusableQuery>,
    /// Name of the fingerprint.
    pub fingerprint: String,
    /// How similarities became scores.
    pub fusion: String,
    /// How similarities were measured.
    pub measure: String,
    /// Weight of the beginning in BEDROC and RIE.
    pub alpha: f64,
    /// Compounds by label.
    pub counts: LabelCounts,
    /// The mean over all orders of compounds with equal scores.
    pub measures: Measures,
    /// The same where compounds with equal scores are taken in the order of their rows, as tools do that look at a
    /// sorted list.
    pub in_row_order: Measures,
    /// What compared.
    #[serde(skip)]
    pub device: String,
    /// Seconds from first to last.
    #[serde(skip)]
    pub seconds: f64,
}

/// Compounds by label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LabelCounts {
    /// Of the library.
    pub compounds: u64,
    /// Actives that were ranked.
    pub actives: u64,
    /// Inactives that were ranked.
    pub inactives: u64,
    /// Without a label; not ranked.
    pub unlabelled: u64,
    /// Labelled, but left out because they have the fingerprint of a query.
    pub excluded: u64,
    /// Ranked although they have the fingerprint of a query.
    pub same_as_query: u64,
    /// Ranked compounds whose score another one has too.
    pub tied: u64,
}

/// Where the actives are in a ranking.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// [`Ranking::roc_auc`].
    pub roc_auc: f64,
    /// [`Ranking::log_auc`].
    pub log_auc: f64,
    /// [`Ranking::adjusted_log_auc`].
    pub adjusted_log_auc: f64,
    /// [`Ranking::bedroc`].
    pub bedroc: f64,
    /// [`Ranking::rie`].
    pub rie: f64,
    /// At 0.5, 1, 2, 5 and 10 %.
    pub enrichment: Vec<EnrichmentReport>,
}

/// [`Enrichment`](super::Enrichment) at one place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EnrichmentReport {
    /// Percent of the ranking.
    pub percent: f64,
    /// Compounds that are.
    pub compounds: u64,
    /// Actives among them.
    pub actives: f64,
    /// Enrichment factor.
    pub factor: f64,
    /// The largest possible one.
    pub maximum: f64,
}

impl Measures {
    /// All measures of a ranking.
    pub fn of(ranking: &Ranking, alpha: f64) -> Self {
        let enrichment = |per_mille: u32| {
            let found = ranking.enrichment(per_mille);
            EnrichmentReport {
                percent: f64::from(per_mille) / 10.0,
                compounds: found.compounds,
                actives: found.actives,
                factor: found.factor,
                maximum: found.maximum,
            }
        };
        Self {
            roc_auc: ranking.roc_auc(),
            log_auc: ranking.log_auc(),
            adjusted_log_auc: ranking.adjusted_log_auc(),
            bedroc: ranking.bedroc(alpha),
            rie: ranking.rie(alpha),
            enrichment: PER_MILLE.map(enrichment).to_vec(),
        }
    }
}
