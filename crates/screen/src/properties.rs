//! Descriptors by name, as columns of a run.

use std::fmt;
use std::str::FromStr;

use soyaku_chem::Molecule;
use soyaku_chem::descriptors::{self, Descriptor, DescriptorError};

use crate::Error;

/// A number that is computed from the structure alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// A descriptor.
    Descriptor(Descriptor),
}

/// Why a compound's properties could not be computed.
pub(crate) type PropertyError = DescriptorError;

impl Property {
    /// Name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Descriptor(descriptor) => descriptor.name(),
        }
    }

    /// Whether values are whole numbers.
    pub fn is_integer(self) -> bool {
        match self {
            Self::Descriptor(descriptor) => descriptor.is_integer(),
        }
    }

    /// Reads lists such as `MolWt,TPSA`, in which `all` is every descriptor. What is named twice counts once.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a name that nothing has, with the names there are.
    pub fn parse_lists(lists: &[String]) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        for name in lists.iter().flat_map(|list| list.split(',')).map(str::trim) {
            let named: Vec<Self> = match name {
                "all" => Descriptor::ALL.iter().copied().map(Self::Descriptor).collect(),
                _ => vec![name.parse()?],
            };
            for property in named {
                if !found.contains(&property) {
                    found.push(property);
                }
            }
        }
        Ok(found)
    }
}

impl FromStr for Property {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name.parse() {
            Ok(descriptor) => Ok(Self::Descriptor(descriptor)),
            Err(error) => Err(Error::Configuration(format!("{error}, or all"))),
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Computes properties; keeps its work space.
pub(crate) struct Calculator {
    properties: Vec<Property>,
    descriptors: descriptors::Calculator,
}

impl Calculator {
    /// For these properties.
    pub fn new(properties: &[Property]) -> Self {
        let descriptors: Vec<Descriptor> = properties
            .iter()
            .map(|property| match property {
                Property::Descriptor(descriptor) => *descriptor,
            })
            .collect();
        Self {
            properties: properties.to_vec(),
            descriptors: descriptors::Calculator::for_descriptors(&descriptors),
        }
    }

    /// Appends one number for each property, or where it fails nothing.
    pub fn append(&mut self, molecule: &Molecule, out: &mut Vec<f32>) -> Result<(), PropertyError> {
        let descriptors = self.descriptors.compute(molecule)?;
        out.extend(self.properties.iter().map(|property| match property {
            Property::Descriptor(descriptor) => descriptor.value(&descriptors) as f32,
        }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_chem::Parser;

    fn parse(lists: &[&str]) -> Result<Vec<Property>, Error> {
        Property::parse_lists(&lists.iter().map(|list| list.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn lists_of_names() {
        let names = |lists: &[&str]| parse(lists).unwrap().iter().map(|p| p.name()).collect::<Vec<_>>();
        assert_eq!(names(&["MolWt, TPSA", "QED,MolWt"]), ["MolWt", "TPSA", "QED"]);
        assert_eq!(names(&["TPSA,all"]).len(), Descriptor::ALL.len());
        assert_eq!(names(&["TPSA,all"])[0], "TPSA");
        let error = parse(&["MolWt,weight"]).unwrap_err().to_string();
        assert!(error.contains("weight") && error.contains("MolLogP"), "{error}");
        assert!(parse(&[""]).is_err());
    }

    #[test]
    fn numbers_in_the_order_of_the_names() {
        let mut parser = Parser::new();
        let properties = parse(&["NumHDonors,MolWt"]).unwrap();
        let mut out = vec![7.0];
        Calculator::new(&properties).append(parser.parse(b"CCO").unwrap(), &mut out).unwrap();
        assert_eq!(out[..2], [7.0, 1.0]);
        assert!((out[2] - 46.069).abs() < 1e-4);
    }
}
