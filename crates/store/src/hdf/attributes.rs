//! Scalar attributes. Text is variable-length UTF-8, which readers in other languages return as strings.

use hdf5::types::{TypeDescriptor, VarLenAscii, VarLenUnicode};

pub(crate) fn write_text(location: &hdf5::Location, name: &str, text: &str) -> hdf5::Result<()> {
    let text: VarLenUnicode =
        text.parse().map_err(|_| hdf5::Error::from(&*format!("attribute {name} holds a zero character")))?;
    location.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text)
}

pub(crate) fn write_integer(location: &hdf5::Location, name: &str, value: i64) -> hdf5::Result<()> {
    location.new_attr::<i64>().create(name)?.write_scalar(&value)
}

pub(crate) fn write_float(location: &hdf5::Location, name: &str, value: f64) -> hdf5::Result<()> {
    location.new_attr::<f64>().create(name)?.write_scalar(&value)
}

/// Text of an attribute; `None` when it is absent or no scalar text.
pub(crate) fn read_text(location: &hdf5::Location, name: &str) -> Option<String> {
    let attribute = location.attr(name).ok().filter(|attribute| attribute.is_scalar())?;
    match attribute.dtype().ok()?.to_descriptor().ok()? {
        TypeDescriptor::VarLenUnicode => {
            attribute.read_scalar::<VarLenUnicode>().ok().map(|text| text.as_str().to_owned())
        }
        TypeDescriptor::VarLenAscii => {
            attribute.read_scalar::<VarLenAscii>().ok().map(|text| text.as_str().to_owned())
        }
        _ => None,
    }
}
