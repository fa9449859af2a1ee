//! Writing a model file.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use sha2::Digest;

use super::layout::tensors;
use super::{Header, KEY, SCHEMA, digest_of, hexadecimal};
use crate::error::Error;
use crate::model::Model;

impl Model {
    /// Writes the model to `path`, replacing a file that is there. The file appears complete or not at all:
    /// it is written under a temporary name in the same folder, synchronized and renamed.
    ///
    /// # Errors
    /// If the model is inconsistent or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let bytes = self.to_bytes(&path.display().to_string())?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let failed = |error| Error::io(path, error);
        let mut file = temporary().tempfile_in(folder).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// The bytes of the model file; `file` names it in messages.
    pub(super) fn to_bytes(&self, file: &str) -> Result<Vec<u8>, Error> {
        self.validate().map_err(|problem| problem.in_file(file))?;
        let zeros = "0".repeat(64);
        let header = Header {
            schema: SCHEMA.into(),
            sha256: zeros.clone(),
            members: self.members.len(),
            architecture: self.architecture.clone(),
            tasks: self.tasks.clone(),
            provenance: self.provenance.clone(),
            card: self.card.clone(),
        };
        let unwritable =
            |error: &dyn std::fmt::Display| Error::malformed(file, format!("cannot be written: {error}"));
        let document = serde_json::to_string(&header).map_err(|error| unwritable(&error))?;
        let mut hasher = digest_of(&document, &zeros);
        let mut stored = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            for (name, shape, data) in tensors(member) {
                let bytes: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
                hasher.update(&bytes);
                stored.push((format!("{index}/{name}"), shape, bytes));
            }
        }
        // The schema comes first in the document, so the first zeros are those of the digest.
        let document = document.replacen(&zeros, &hexadecimal(&hasher.finalize()), 1);
        let mut views = Vec::new();
        for (name, shape, bytes) in &stored {
            let view =
                TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| unwritable(&error))?;
            views.push((name, view));
        }
        let metadata = HashMap::from([(KEY.to_owned(), document)]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| unwritable(&error))
    }
}

/// Temporary files are private by default; a finished model has the permissions of any new file.
#[cfg(unix)]
fn temporary() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    // The system takes away what the user's umask forbids.
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn temporary() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
