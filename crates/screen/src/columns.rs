//! The numbers that a screening run has for a compound, by name.

/// A number of a compound that can be filtered on and ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Mean over the ensemble of the prediction column with this index.
    Mean(usize),
    /// Standard deviation over the ensemble of the prediction column with this index.
    Std(usize),
    /// Descriptor or alert count with this index.
    Descriptor(usize),
    /// Largest Tanimoto similarity to the reference compounds.
    Similarity,
}

/// Name of the similarity column.
pub const SIMILARITY: &str = "max_similarity";
/// Suffix of a prediction column's standard deviation.
pub const STD_SUFFIX: &str = "_std";

/// The columns of one run.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Names of the prediction columns.
    pub predictions: Vec<String>,
    /// Names of the descriptor and alert columns.
    pub descriptors: Vec<String>,
    /// Whether there is a similarity column.
    pub similarity: bool,
}

impl Columns {
    /// The quantity with this name.
    pub fn find(&self, name: &str) -> Option<Quantity> {
        let prediction = |name: &str| self.predictions.iter().position(|column| column == name);
        let descriptor = self.descriptors.iter().position(|column| column == name);
        prediction(name)
            .map(Quantity::Mean)
            .or(descriptor.map(Quantity::Descriptor))
            .or_else(|| name.strip_suffix(STD_SUFFIX).and_then(prediction).map(Quantity::Std))
            .or_else(|| (self.similarity && name == SIMILARITY).then_some(Quantity::Similarity))
    }

    /// Every name that [`Columns::find`] accepts, except standard deviations.
    pub fn names(&self) -> Vec<&str> {
        let similarity = self.similarity.then_some(SIMILARITY);
        self.predictions.iter().chain(&self.descriptors).map(String::as_str).chain(similarity).collect()
    }
}

/// One compound's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Mean of each prediction column.
    pub mean: &'a [f32],
    /// Standard deviation of each prediction column.
    pub std: &'a [f32],
    /// Each descriptor.
    pub descriptors: &'a [f32],
    /// Largest similarity; 0 where nothing is compared.
    pub similarity: f32,
}

impl Values<'_> {
    /// One of the numbers.
    pub fn get(&self, quantity: Quantity) -> f32 {
        match quantity {
            Quantity::Mean(index) => self.mean[index],
            Quantity::Std(index) => self.std[index],
            Quantity::Descriptor(index) => self.descriptors[index],
            Quantity::Similarity => self.similarity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resolve() {
        let columns = Columns {
            predictions: vec!["hERG".into(), "a_std".into()],
            descriptors: vec!["TPSA".into()],
            similarity: true,
        };
        assert_eq!(columns.find("hERG"), Some(Quantity::Mean(0)));
        assert_eq!(columns.find("hERG_std"), Some(Quantity::Std(0)));
        assert_eq!(columns.find("a_std"), Some(Quantity::Mean(1)));
        assert_eq!(columns.find("a_std_std"), Some(Quantity::Std(1)));
        assert_eq!(columns.find("max_similarity"), Some(Quantity::Similarity));
        assert_eq!(columns.find("TPSA"), Some(Quantity::Descriptor(0)));
        assert_eq!(columns.find("TPSA_std"), None);
        assert_eq!(columns.find("herg"), None);
        assert_eq!(columns.names(), ["hERG", "a_std", "TPSA", "max_similarity"]);
        assert_eq!(Columns::default().find("max_similarity"), None);
    }
}
