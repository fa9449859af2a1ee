//! Descriptors and alert counts by name, as columns of a run.

use std::str::FromStr;

use soyaku_chem::Molecule;
use soyaku_chem::alerts::{AlertScratch, Alerts, Catalogue};
use soyaku_chem::descriptors::{self, Descriptor, DescriptorError};
use soyaku_chem::smarts::MatchError;

use crate::Error;

/// What follows the name of a catalogue in the name of its column.
const ALERT_SUFFIX: &str = "_alert";

/// A number that is computed from the structure alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// A descriptor.
    Descriptor(Descriptor),
    /// How many entries of a catalogue of structural alerts a compound has.
    Alerts(Catalogue),
}

impl Property {
    /// Name of the column: RDKit's of a descriptor, `PAINS_alert` of a catalogue.
    pub fn name(self) -> String {
        match self {
            Self::Descriptor(descriptor) => descriptor.name().to_owned(),
            Self::Alerts(catalogue) => format!("{catalogue}{ALERT_SUFFIX}"),
        }
    }

    /// Whether values are whole numbers.
    pub fn is_integer(self) -> bool {
        match self {
            Self::Descriptor(descriptor) => descriptor.is_integer(),
            Self::Alerts(_) => true,
        }
    }

    /// The property whose column has exactly this name.
    pub fn named(name: &str) -> Option<Self> {
        let descriptor = || name.parse().ok().map(Self::Descriptor);
        let catalogue = || Catalogue::from_str(name.strip_suffix(ALERT_SUFFIX)?).ok().map(Self::Alerts);
        descriptor().or_else(catalogue).filter(|property| property.name() == name)
    }
}

/// The properties of a run, in the order of their columns.
#[derive(Clone, Debug)]
pub struct Properties {
    list: Vec<Property>,
    alerts: Alerts,
}

impl Default for Properties {
    fn default() -> Self {
        Self { list: Vec::new(), alerts: Alerts::new(&[]) }
    }
}

impl Properties {
    /// From lists such as `MolWt,TPSA` and `pains,brenk`, in which `all` is everything. What is named twice counts
    /// once.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a name that nothing has, with the names there are.
    pub fn new(descriptors: &[String], alerts: &[String]) -> Result<Self, Error> {
        let mut list = Vec::new();
        for name in descriptors.iter().flat_map(|list| list.split(',')).map(str::trim) {
            match name.parse() {
                _ if name == "all" => list.extend(Descriptor::ALL.iter().copied().map(Property::Descriptor)),
                Ok(descriptor) => list.push(Property::Descriptor(descriptor)),
                Err(error) => return Err(Error::Configuration(format!("{error}, or all"))),
            }
        }
        for names in alerts {
            let catalogues = Catalogue::read_list(names);
            let catalogues = catalogues.map_err(|error| Error::Configuration(error.to_string()))?;
            list.extend(catalogues.into_iter().map(Property::Alerts));
        }
        Ok(Self::of(list))
    }

    /// These, and others that are not among them.
    #[must_use]
    pub fn with(self, others: impl IntoIterator<Item = Property>) -> Self {
        Self::of(self.list.into_iter().chain(others))
    }

    fn of(properties: impl IntoIterator<Item = Property>) -> Self {
        let mut list = Vec::new();
        for property in properties {
            if !list.contains(&property) {
                list.push(property);
            }
        }
        let catalogues: Vec<Catalogue> = list.iter().filter_map(Self::catalogue).collect();
        Self { list, alerts: Alerts::new(&catalogues) }
    }

    fn catalogue(property: &Property) -> Option<Catalogue> {
        match property {
            Property::Alerts(catalogue) => Some(*catalogue),
            Property::Descriptor(_) => None,
        }
    }

    /// In the order of their columns.
    pub fn list(&self) -> &[Property] {
        &self.list
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing is computed.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The alerts that are looked for; empty where there are none.
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }
}

/// Computes properties; keeps its work space.
pub(crate) struct Calculator<'a> {
    properties: &'a Properties,
    descriptors: Option<descriptors::Calculator>,
    search: AlertScratch,
}

/// Why a compound's properties could not be computed.
pub(crate) enum PropertyError {
    Descriptor(DescriptorError),
    Search(MatchError),
}

impl From<DescriptorError> for PropertyError {
    fn from(error: DescriptorError) -> Self {
        Self::Descriptor(error)
    }
}

impl From<MatchError> for PropertyError {
    fn from(error: MatchError) -> Self {
        Self::Search(error)
    }
}

impl<'a> Calculator<'a> {
    /// For these properties.
    pub fn new(properties: &'a Properties) -> Self {
        let wanted: Vec<Descriptor> = properties
            .list
            .iter()
            .filter_map(|property| match property {
                Property::Descriptor(descriptor) => Some(*descriptor),
                Property::Alerts(_) => None,
            })
            .collect();
        let descriptors = (!wanted.is_empty()).then(|| descriptors::Calculator::for_descriptors(&wanted));
        Self { properties, descriptors, search: AlertScratch::new() }
    }

    /// Appends one number for each property, or where it fails nothing.
    pub fn append(&mut self, molecule: &Molecule, out: &mut Vec<f32>) -> Result<(), PropertyError> {
        let descriptors = match &mut self.descriptors {
            Some(calculator) => calculator.compute(molecule)?,
            None => descriptors::Descriptors::default(),
        };
        let alerts = &self.properties.alerts;
        let found = if alerts.is_empty() { &[][..] } else { alerts.find(&mut self.search, molecule)? };
        out.extend(self.properties.list.iter().map(|property| match property {
            Property::Descriptor(descriptor) => descriptor.value(&descriptors) as f32,
            Property::Alerts(catalogue) => alerts.count(found, *catalogue) as f32,
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_chem::Parser;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn lists_of_names() {
        let names = |descriptors: &[&str], alerts: &[&str]| -> Vec<String> {
            let properties = Properties::new(&owned(descriptors), &owned(alerts)).unwrap();
            properties.list().iter().map(|property| property.name()).collect()
        };
        assert_eq!(names(&["MolWt, TPSA", "QED,MolWt"], &[]), ["MolWt", "TPSA", "QED"]);
        assert_eq!(names(&["TPSA,all"], &[]).len(), Descriptor::ALL.len());
        assert_eq!(names(&["TPSA,all"], &[])[0], "TPSA");
        assert_eq!(names(&[], &["pains", "all"]), ["PAINS_alert", "BRENK_alert", "NIH_alert"]);
        let error = Properties::new(&owned(&["MolWt,weight"]), &[]).unwrap_err().to_string();
        assert!(
            error.contains("weight") && error.contains("MolLogP") && error.ends_with("or all"),
            "{error}"
        );
        let error = Properties::new(&[], &owned(&["pain"])).unwrap_err().to_string();
        assert!(error.contains("pain") && error.contains("brenk"), "{error}");
        assert!(Properties::new(&owned(&[""]), &[]).is_err());
    }

    #[test]
    fn columns_name_their_property() {
        for property in [Property::Descriptor(Descriptor::Tpsa), Property::Alerts(Catalogue::Brenk)] {
            assert_eq!(Property::named(&property.name()), Some(property));
        }
        for name in ["tpsa", "brenk_alert", "BRENK", "_alert", ""] {
            assert_eq!(Property::named(name), None, "{name}");
        }
    }

    #[test]
    fn numbers_in_the_order_of_the_names() {
        let mut parser = Parser::new();
        let properties = Properties::new(&owned(&["NumHDonors,MolWt"]), &owned(&["brenk"])).unwrap();
        let properties = properties.with([Property::Descriptor(Descriptor::HeavyAtomCount)]);
        let mut out = vec![7.0];
        let aspirin = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O").unwrap();
        assert!(Calculator::new(&properties).append(aspirin, &mut out).is_ok());
        assert_eq!(out, [7.0, 1.0, 180.159, 1.0, 13.0]);
    }
}
