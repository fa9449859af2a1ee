//! What the user asked for.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// `auto`, `cpu`, `cuda`, `cuda:N`, `cuda:N,M,...` or `cuda:all`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceRequest {
    /// The best device present.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// One or more CUDA devices.
    Cuda(Gpus),
}

/// Which of the visible CUDA devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gpus {
    /// The first that can be opened.
    First,
    /// These, by index among the visible ones, without repetition.
    These(Vec<u32>),
    /// Every visible one.
    All,
}

impl FromStr for DeviceRequest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(Gpus::First)),
            "cuda:all" => Ok(Self::Cuda(Gpus::All)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(ordinals)
                .map(|ordinals| Self::Cuda(Gpus::These(ordinals)))
                .ok_or_else(|| Error::Unknown(text.to_owned())),
        }
    }
}

/// `0,2`: each once, in the order given.
fn ordinals(text: &str) -> Option<Vec<u32>> {
    let ordinals = text.split(',').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
    let repeated = ordinals.iter().enumerate().any(|(index, ordinal)| ordinals[..index].contains(ordinal));
    (!repeated).then_some(ordinals)
}

impl fmt::Display for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(Gpus::First) => f.write_str("cuda"),
            Self::Cuda(Gpus::All) => f.write_str("cuda:all"),
            Self::Cuda(Gpus::These(ordinals)) => {
                let ordinals: Vec<_> = ordinals.iter().map(u32::to_string).collect();
                write!(f, "cuda:{}", ordinals.join(","))
            }
        }
    }
}

impl serde::Serialize for DeviceRequest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "cuda:2,0", "cuda:all"] {
            assert_eq!(text.parse::<DeviceRequest>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", "cuda:0,", "cuda:1,1", "cuda:0;1"] {
            let error = text.parse::<DeviceRequest>().unwrap_err().to_string();
            assert!(error.contains("expected auto, cpu, cuda, cuda:N"), "{error}");
        }
    }
}
