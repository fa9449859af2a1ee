//! Soyaku's own model file: one safetensors file for each ensemble.
//!
//! Tensors are `f32`, named `<member>/<layer>` (`0/message_passing.w_i`), with shapes as in torch. The
//! header's metadata has one key, `soyaku`: a JSON document with `schema` (`model/1`), `sha256`,
//! `architecture`, `tasks`, `members`, `provenance` and `card`. The same model always gives the same bytes.
//!
//! `sha256` guards against silent corruption. It is the digest of that document, as it stands in the file but
//! with 64 zeros in the place of the digest, followed by the tensor data in the order of the members and,
//! within a member, of [`layout::layout`].

pub(crate) mod layout;
mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::spec::{Architecture, Provenance, Task};

/// Schema that is written, and the latest one that is read.
const SCHEMA: &str = "model/1";
/// The metadata key.
const KEY: &str = "soyaku";

/// The JSON document in the header.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    schema: String,
    sha256: String,
    members: usize,
    architecture: Architecture,
    tasks: Vec<Task>,
    provenance: Provenance,
    #[serde(default)]
    card: serde_json::Value,
}

/// Lower-case hexadecimal digits of a digest.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the digest starts with: the document, with zeros in the place of its digest.
fn digest_of(document: &str, digest: &str) -> Sha256 {
    let mut hasher = Sha256::new();
    hasher.update(document.replacen(digest, &"0".repeat(64), 1));
    hasher
}
