//! Reading a model file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use sha2::Digest;

use super::layout::{build, layout};
use super::{Header, KEY, SCHEMA, digest_of, hexadecimal};
use crate::error::Error;
use crate::model::{MAX_MEMBERS, Model};
use crate::validate::{description, numbers};

/// Largest file that is read.
const MAX_FILE: u64 = 8 << 30;
/// Longest header that is read: names of tensors and tasks, and the model card.
const MAX_HEADER: u64 = 16 << 20;

impl Model {
    /// Reads a model file that [`Model::save`] wrote.
    ///
    /// # Errors
    /// If the file does not exist, is truncated or corrupted, is another safetensors file, has another
    /// schema, or its weights do not fit its architecture.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let file = path.display().to_string();
        let mut reader = File::open(path).map_err(|error| Error::io(path, error))?.take(MAX_FILE + 1);
        let mut bytes = Vec::new();
        // Checked before the rest is read: any other kind of file may be of any size.
        reader.by_ref().take(8).read_to_end(&mut bytes).map_err(|error| Error::io(path, error))?;
        header_length(&file, &bytes)?;
        reader.read_to_end(&mut bytes).map_err(|error| Error::io(path, error))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(Error::malformed(&file, format!("larger than {MAX_FILE} bytes")));
        }
        Self::from_bytes(&file, &bytes)
    }

    /// Reads the bytes of a model file; `file` names it in messages.
    pub(super) fn from_bytes(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        header_length(file, bytes)?;
        let not_safetensors = |error: safetensors::SafeTensorError| {
            Error::malformed(file, format!("not a complete safetensors file: {error}"))
        };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
        let Some(document) = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY)) else {
            let accepted = "files written by `soyaku model import` or `soyaku model train`";
            return Err(Error::unsupported(file, "a safetensors file of another program", accepted));
        };
        let header = header(file, document)?;
        let tasks = header.tasks.len();
        description(&header.architecture, &header.tasks, header.members)
            .map_err(|problem| problem.in_file(file))?;

        let tensors = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
        let expected = layout(&header.architecture, tasks);
        if tensors.len() != expected.len() * header.members {
            let count = expected.len() * header.members;
            return Err(Error::malformed(file, format!("{} tensors, expected {count}", tensors.len())));
        }
        let mut hasher = digest_of(document, &header.sha256);
        let mut members = Vec::new();
        for member in 0..header.members {
            for (name, shape) in &expected {
                let name = format!("{member}/{name}");
                let view = tensors.tensor(&name).map_err(|_| Error::tensor(file, &name, "missing"))?;
                if view.dtype() != Dtype::F32 {
                    return Err(Error::tensor(file, &name, format!("type {:?}, expected F32", view.dtype())));
                }
                if view.shape() != shape {
                    let reason = format!("shape {:?}, expected {shape:?}", view.shape());
                    return Err(Error::tensor(file, &name, reason));
                }
                hasher.update(view.data());
            }
            members.push(build(&header.architecture, tasks, |name| {
                let name = format!("{member}/{name}");
                let view = tensors.tensor(&name).map_err(|_| Error::tensor(file, &name, "missing"))?;
                let (chunks, _) = view.data().as_chunks::<4>();
                let data: Vec<f32> = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
                numbers(&name, view.shape(), &data).map_err(|problem| problem.in_file(file))?;
                Ok::<_, Error>(data)
            })?);
        }
        if hexadecimal(&hasher.finalize()) != header.sha256 {
            return Err(Error::malformed(
                file,
                "the content does not match its checksum: the file is corrupted",
            ));
        }
        Ok(Self {
            architecture: header.architecture,
            tasks: header.tasks,
            members,
            provenance: header.provenance,
            card: header.card,
        })
    }
}

/// Checks the length that a safetensors file starts with.
fn header_length(file: &str, bytes: &[u8]) -> Result<(), Error> {
    let Some(length) = bytes.first_chunk::<8>() else {
        return Err(Error::malformed(file, format!("{} bytes are no safetensors file", bytes.len())));
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER {
        let hint = match &bytes[..2] {
            b"PK" => "it is a zip archive; use `soyaku model import` for Chemprop models",
            _ => "its header would be too long",
        };
        return Err(Error::malformed(file, format!("not a Soyaku model file: {hint}")));
    }
    Ok(())
}

fn header(file: &str, document: &str) -> Result<Header, Error> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        schema: String,
    }
    let malformed = |error: serde_json::Error| Error::malformed(file, format!("header key `{KEY}`: {error}"));
    let Versioned { schema } = serde_json::from_str(document).map_err(malformed)?;
    if schema != SCHEMA {
        let version = schema.strip_prefix("model/").and_then(|version| version.parse::<u32>().ok());
        return Err(match version {
            Some(version) if version > 1 => {
                Error::NewerSchema { file: file.into(), found: schema, known: SCHEMA.into() }
            }
            _ => Error::malformed(file, format!("schema `{schema}`, expected `{SCHEMA}`")),
        });
    }
    let header: Header = serde_json::from_str(document).map_err(malformed)?;
    if header.sha256.len() != 64 || header.members > MAX_MEMBERS {
        return Err(Error::malformed(file, "the header has no valid checksum or number of members"));
    }
    Ok(header)
}
