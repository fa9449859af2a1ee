//! How often each instruction is in an entry: what a promise can be made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use soyaku_device::Source;

use crate::compile::{Compiler, Error, runs_on};
use crate::disassembly::{self, Code};
use crate::promises::readable;

/// A table of the instructions of `entry`, a column an architecture. Nothing when no source has the entry.
///
/// # Errors
/// The source does not compile, or cannot be disassembled.
pub fn instructions(
    sources: &[&'static Source],
    compilers: &[Compiler],
    entry: &str,
    nvdisasm: &Path,
) -> Result<Option<String>, Error> {
    let Some((source, minimum)) =
        sources.iter().find_map(|source| source.entry(entry).map(|entry| (source, entry.minimum)))
    else {
        return Ok(None);
    };
    let mut columns = Vec::new();
    for compiler in compilers {
        for architecture in compiler.architectures_of(source) {
            if !readable(&architecture) || !runs_on(minimum, &architecture) {
                continue;
            }
            let compiled = compiler.library.compile(source, &architecture, &[])?;
            let code = disassembly::disassemble(nvdisasm, &compiled.cubin).map_err(|error| {
                let what = format!("{} on {architecture} by NVRTC {}", source.name, compiler.version);
                Error::Disassembly { what, error }
            })?;
            columns.push((format!("{architecture}\nby {}", compiler.version), counts(&code, entry)));
        }
    }
    Ok(Some(table(&columns)))
}

type Counts = BTreeMap<String, usize>;

fn counts(code: &Code, entry: &str) -> Counts {
    let mut counts = Counts::new();
    for instruction in code.get(entry).into_iter().flatten() {
        *counts.entry(instruction.clone()).or_default() += 1;
    }
    counts
}

fn table(columns: &[(String, Counts)]) -> String {
    let names: BTreeSet<_> = columns.iter().flat_map(|(_, counts)| counts.keys()).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(
        std::iter::once("instruction").chain(columns.iter().map(|(heading, _)| heading.as_str())),
    );
    for name in names {
        let cells =
            columns.iter().map(|(_, counts)| counts.get(name).map_or("-".to_owned(), usize::to_string));
        table.add_row(std::iter::once(name.clone()).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}
