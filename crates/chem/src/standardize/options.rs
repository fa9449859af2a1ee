//! Which steps are done.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

/// A step of standardization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `metals`: bonds between metals and non-metals are cut, as by RDKit's `MetalDisconnector`.
    Metals,
    /// `normalize`: functional groups are drawn in one way, as by RDKit's `Normalizer`.
    Normalize,
    /// `reionize`: the strongest acids have the charges, as by RDKit's `Reionizer`.
    Reionize,
    /// `salts`: listed counter-ions and solvents are removed, as by RDKit's `FragmentRemover`.
    Salts,
    /// `fragment`: the largest part is kept, as by RDKit's `LargestFragmentChooser`.
    Fragment,
    /// `uncharge`: charges are removed by adding or removing hydrogens, as by RDKit's `Uncharger`.
    Uncharge,
}

/// The steps of `all`.
const ALL: [Step; 5] = [Step::Metals, Step::Normalize, Step::Reionize, Step::Fragment, Step::Uncharge];
/// The steps of `charge-parent`.
const CHARGE_PARENT: [Step; 8] = [
    Step::Metals,
    Step::Normalize,
    Step::Reionize,
    Step::Fragment,
    Step::Uncharge,
    Step::Metals,
    Step::Normalize,
    Step::Reionize,
];

impl Step {
    /// All steps.
    pub const EVERY: [Self; 6] =
        [Self::Metals, Self::Normalize, Self::Reionize, Self::Salts, Self::Fragment, Self::Uncharge];

    /// Its name on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metals => "metals",
            Self::Normalize => "normalize",
            Self::Reionize => "reionize",
            Self::Salts => "salts",
            Self::Fragment => "fragment",
            Self::Uncharge => "uncharge",
        }
    }
}

impl Display for Step {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The steps, in the order in which they are done.
///
/// Read from a list with commas: names of steps ([`Step::as_str`]), `all` (the default: metals,
/// normalize, reionize, fragment, uncharge), `cleanup` (metals, normalize, reionize: RDKit's
/// `Cleanup`), or `charge-parent` (`all`, then `cleanup` again: RDKit's `ChargeParent`).
///
/// ```
/// use soyaku_chem::standardize::{StandardizeOptions, Step};
///
/// let options: StandardizeOptions = "cleanup,salts".parse()?;
/// assert_eq!(options.steps(), [Step::Metals, Step::Normalize, Step::Reionize, Step::Salts]);
/// assert_eq!(StandardizeOptions::default(), "all".parse()?);
/// assert!("desalt".parse::<StandardizeOptions>().is_err());
/// # Ok::<(), soyaku_chem::standardize::UnknownStep>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandardizeOptions {
    steps: Vec<Step>,
}

impl StandardizeOptions {
    /// These steps, in this order.
    pub fn new(steps: impl Into<Vec<Step>>) -> Self {
        Self { steps: steps.into() }
    }

    /// What RDKit's `ChargeParent` does.
    pub fn charge_parent() -> Self {
        Self::new(CHARGE_PARENT)
    }

    /// The steps in their order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Default for StandardizeOptions {
    fn default() -> Self {
        Self::new(ALL)
    }
}

/// A list with commas, as it can be read again.
impl Display for StandardizeOptions {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            write!(formatter, "{}{step}", if place > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

/// A name that is no step.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown step of standardization '{0}': expected metals, normalize, reionize, salts, fragment or uncharge, \
     cleanup, all or charge-parent, with commas between several"
)]
pub struct UnknownStep(String);

impl FromStr for StandardizeOptions {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let mut steps = Vec::new();
        for word in text.split(',').map(str::trim) {
            match word {
                "all" => steps.extend(ALL),
                "cleanup" => steps.extend(&ALL[..3]),
                "charge-parent" => steps.extend(CHARGE_PARENT),
                _ => match Step::EVERY.into_iter().find(|step| step.as_str() == word) {
                    Some(step) => steps.push(step),
                    None => return Err(UnknownStep(word.to_owned())),
                },
            }
        }
        Ok(Self { steps })
    }
}
