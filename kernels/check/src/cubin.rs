//! What a CUBIN says about its entry points: an ELF file whose `.nv.info` section holds attributes of functions.
//!
//! An attribute is a format byte, an identifier byte and 16 bits, which for format 4 is the length of what follows:
//! the index of a symbol and a number. Sections named after an entry hold its code, shared memory and constant banks.

use std::collections::BTreeMap;

use object::{Object, ObjectSection, ObjectSymbol, SymbolIndex};

/// What the file says of one entry point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Registers of a thread.
    pub registers: u32,
    /// Bytes of stack, with that of called functions.
    pub stack: u32,
    /// Bytes of its section of shared memory.
    pub shared: u32,
    /// Bytes of its constant banks.
    pub constant: u32,
    /// Bytes of machine code.
    pub code: u32,
}

/// A CUBIN, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cubin {
    /// By name of the entry point.
    pub entries: BTreeMap<String, Built>,
}

/// Why a CUBIN cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an ELF file.
    #[error("the CUBIN is no ELF file: {0}")]
    Elf(#[from] object::Error),
    /// The section with attributes is missing or ends within one.
    #[error("the CUBIN's .nv.info section {0}")]
    Attributes(&'static str),
}

/// `EIATTR_MIN_STACK_SIZE`: bytes of stack, with called functions.
const MIN_STACK_SIZE: u8 = 0x12;
/// `EIATTR_REGCOUNT`: registers of a thread.
const REGCOUNT: u8 = 0x2f;
/// `EIFMT_SVAL`: the attribute's value follows, with this many bytes.
const SIZED: u8 = 4;

/// Takes a CUBIN apart.
///
/// # Errors
/// It is no ELF file, or has no readable attributes.
pub fn read(bytes: &[u8]) -> Result<Cubin, Error> {
    let file = object::File::parse(bytes)?;
    let mut cubin = Cubin::default();
    for section in file.sections() {
        let name = section.name()?;
        if let Some(entry) = name.strip_prefix(".text.") {
            cubin.entries.entry(entry.to_owned()).or_default().code += size(&section);
        } else if let Some(entry) = name.strip_prefix(".nv.shared.") {
            if !entry.starts_with("reserved.") {
                cubin.entries.entry(entry.to_owned()).or_default().shared += size(&section);
            }
        } else if let Some((bank, entry)) =
            name.strip_prefix(".nv.constant").and_then(|rest| rest.split_once('.'))
            && bank.bytes().all(|byte| byte.is_ascii_digit())
        {
            cubin.entries.entry(entry.to_owned()).or_default().constant += size(&section);
        }
    }
    let section = file.section_by_name(".nv.info").ok_or(Error::Attributes("is missing"))?;
    for (attribute, symbol, value) in attributes(section.data()?)? {
        let name = file.symbol_by_index(SymbolIndex(symbol as usize))?.name()?;
        // Functions that entries call have attributes, too.
        let Some(entry) = cubin.entries.get_mut(name) else { continue };
        match attribute {
            REGCOUNT => entry.registers = value,
            MIN_STACK_SIZE => entry.stack = value,
            _ => {}
        }
    }
    // A device function that is not inlined is in a section of its own only when it is not called here.
    cubin.entries.retain(|_, entry| entry.registers > 0);
    Ok(cubin)
}

fn size<'data>(section: &impl ObjectSection<'data>) -> u32 {
    u32::try_from(section.size()).unwrap_or(u32::MAX)
}

/// (identifier, symbol, value) of every attribute that has a symbol and a value.
fn attributes(mut data: &[u8]) -> Result<Vec<(u8, u32, u32)>, Error> {
    let mut found = Vec::new();
    while let Some((&[format, attribute, low, high], rest)) = data.split_first_chunk() {
        let length = if format == SIZED { usize::from(u16::from_le_bytes([low, high])) } else { 0 };
        let value = rest.get(..length).ok_or(Error::Attributes("ends within an attribute"))?;
        if let Ok(&[a, b, c, d, e, f, g, h]) = <&[u8; 8]>::try_from(value) {
            found.push((attribute, u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])));
        }
        data = &rest[length..];
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_symbol_and_value() {
        let data = [
            4, 0x2f, 8, 0, 5, 0, 0, 0, 30, 0, 0, 0, 3, 0x1b, 0xff, 0, 4, 0x12, 8, 0, 5, 0, 0, 0, 64, 1, 0, 0,
        ];
        assert_eq!(attributes(&data).unwrap(), [(REGCOUNT, 5, 30), (MIN_STACK_SIZE, 5, 320)]);
        assert!(attributes(&data[..9]).is_err());
    }

    #[test]
    fn other_bytes_are_no_cubin() {
        assert!(matches!(read(b""), Err(Error::Elf(_))));
        assert!(matches!(read(&[0x7f; 400]), Err(Error::Elf(_))));
    }
}
