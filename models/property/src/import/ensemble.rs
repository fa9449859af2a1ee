//! Networks of the same architecture and tasks become one model.

use sha2::{Digest, Sha256};

use super::chemprop::{self, Network};
use crate::error::Error;
use crate::model::{MAX_MEMBERS, Model};
use crate::spec::{Provenance, Source};

/// An ensemble in the making.
pub(super) struct Ensemble {
    first: Option<(String, Network)>,
    others: Vec<Network>,
    sources: Vec<Source>,
}

impl Ensemble {
    pub(super) fn new() -> Self {
        Self { first: None, others: Vec::new(), sources: Vec::new() }
    }

    /// Adds the network in the bytes of a Chemprop file. `file` names it in messages, `name` in the
    /// provenance.
    pub(super) fn add(&mut self, file: &str, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if self.others.len() + 1 >= MAX_MEMBERS {
            return Err(Error::unsupported(
                file,
                "an ensemble this large",
                format!("{MAX_MEMBERS} networks"),
            ));
        }
        let network = chemprop::read(file, bytes)?;
        self.sources.push(source(name, bytes));
        match &self.first {
            None => self.first = Some((file.to_owned(), network)),
            Some((first, expected)) => {
                if let Some(what) = difference(expected, &network) {
                    return Err(Error::Disagreement { file: file.to_owned(), first: first.clone(), what });
                }
                self.others.push(network);
            }
        }
        Ok(())
    }

    /// The model. `what` names the place that was searched.
    pub(super) fn finish(self, what: &str) -> Result<Model, Error> {
        let Some((file, first)) = self.first else {
            return Err(Error::NotFound { file: what.to_owned(), reason: "no Chemprop model in it".into() });
        };
        let members = std::iter::once(first.member).chain(self.others.into_iter().map(|other| other.member));
        let model = Model {
            architecture: first.architecture,
            tasks: first.tasks,
            members: members.collect(),
            provenance: Provenance {
                sources: self.sources,
                soyaku_version: env!("CARGO_PKG_VERSION").into(),
                source_format: Some("Chemprop 2".into()),
            },
            card: serde_json::Value::Null,
        };
        model.validate().map_err(|problem| problem.in_file(&file))?;
        Ok(model)
    }
}

/// Name and digest of what was read.
pub(super) fn source(name: &str, bytes: &[u8]) -> Source {
    Source { name: name.to_owned(), sha256: crate::format::hexadecimal(&Sha256::digest(bytes)) }
}

/// What two networks do not have in common.
fn difference(first: &Network, second: &Network) -> Option<String> {
    let (a, b) = (&first.architecture, &second.architecture);
    let show = |name: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
        Some(format!("{name} ({b:?}, not {a:?})"))
    };
    let names = |network: &Network| network.tasks.iter().map(|task| task.name.clone()).collect::<Vec<_>>();
    if a.featurizer != b.featurizer {
        show("featurizer", &a.featurizer, &b.featurizer)
    } else if a.message_passing != b.message_passing {
        show("message passing", &a.message_passing, &b.message_passing)
    } else if a.aggregation != b.aggregation {
        show("aggregation", &a.aggregation, &b.aggregation)
    } else if a.batch_norm != b.batch_norm {
        show("batch normalization", &a.batch_norm, &b.batch_norm)
    } else if a.feed_forward != b.feed_forward {
        show("feed-forward network", &a.feed_forward, &b.feed_forward)
    } else if a.head != b.head {
        show("kind of prediction", &a.head, &b.head)
    } else if first.tasks != second.tasks {
        show("list of tasks", &names(first), &names(second))
    } else {
        None
    }
}
