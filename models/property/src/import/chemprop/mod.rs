//! Chemprop 2 model files (`.pt`, and Lightning's `.ckpt`): one network each.
//!
//! Both are torch files with `hyper_parameters` (constructor arguments, nested, with the class of each
//! part under `cls`) and `state_dict` (weights by name); `.pt` files since Chemprop 2.1 also have
//! `output_columns`, the names of the tasks.

mod activation;
mod parameters;
mod weights;

use self::parameters::Parameters;
use super::pickle::{Id, Value, Values};
use super::torch::TorchFile;
use crate::error::Error;
use crate::model::Member;
use crate::spec::{Architecture, Task};

/// One trained network.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) architecture: Architecture,
    pub(super) tasks: Vec<Task>,
    pub(super) member: Member,
}

/// Reads the bytes of a Chemprop 2 file; `file` names it in messages.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Network, Error> {
    let mut torch = TorchFile::open(file, bytes)?;
    let root = torch.values.root();
    if torch.values.entries(root).is_none() {
        let what = format!("not a Chemprop file: it holds {}, not a dictionary", torch.values.describe(root));
        return Err(Error::malformed(file, what));
    }
    let parts = (torch.values.entry(root, "hyper_parameters"), torch.values.entry(root, "state_dict"));
    let (hyper_parameters, state) = match parts {
        (Some(hyper_parameters), Some(state)) => (hyper_parameters, state),
        (None, Some(_)) if torch.values.entry(root, "args").is_some() => {
            return Err(Error::unsupported(
                file,
                "a Chemprop 1 model",
                "Chemprop 2 models; convert it with `chemprop convert --conversion v1_to_v2 -i OLD.pt -o NEW.pt`",
            ));
        }
        _ => {
            let reason = "not a Chemprop 2 file: no `hyper_parameters` and `state_dict` in it";
            return Err(Error::malformed(file, reason));
        }
    };
    let parameters = Parameters::read(file, &torch.values, hyper_parameters)?;
    let (architecture, member) = weights::read(&mut torch, state, &parameters)?;
    let count = member.output_mean.len();
    let tasks = match output_columns(file, &torch.values, root)? {
        Some(names) if names.len() == count => names,
        Some(names) => {
            let reason =
                format!("{} names in `output_columns`, but the network has {count} tasks", names.len());
            return Err(Error::malformed(file, reason));
        }
        // As `chemprop predict` names them.
        None => (0..count).map(|index| format!("pred_{index}")).collect(),
    };
    Ok(Network { architecture, tasks: tasks.into_iter().map(Task::named).collect(), member })
}

/// Names of the tasks, if the file has them.
fn output_columns(file: &str, values: &Values, root: Id) -> Result<Option<Vec<String>>, Error> {
    let Some(columns) = values.entry(root, "output_columns") else { return Ok(None) };
    if matches!(values.get(columns), Value::None) {
        return Ok(None);
    }
    let names = values.items(columns).map(|items| items.iter().map(|id| values.text(*id).map(str::to_owned)));
    match names.and_then(|names| names.collect::<Option<Vec<_>>>()) {
        Some(names) => Ok(Some(names)),
        None => {
            let what = values.describe(columns);
            Err(Error::malformed(file, format!("`output_columns` is {what}, expected a list of names")))
        }
    }
}
