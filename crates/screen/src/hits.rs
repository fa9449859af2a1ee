//! `hits.csv`.

use std::io::Write;
use std::path::Path;

use soyaku_chem::alerts::AlertScratch;
use soyaku_chem::smarts::MatchScratch;
use soyaku_chem::{Parser, ScaffoldFinder, SmilesWriter};
use soyaku_store::AtomicFile;

use crate::Error;
use crate::columns::{SIMILARITY, STD_SUFFIX};
use crate::config::{Plan, ScaffoldKind};
use crate::rank::Hit;

/// Column with the reference compound that a hit is most similar to.
const NEAREST: &str = "nearest";
/// Column with the scaffold, as canonical SMILES; empty for compounds without rings.
const SCAFFOLD: &str = "scaffold";
/// Column with the names of the structural alerts: `PAINS: azo_A(324); BRENK: aldehyde`.
const ALERTS: &str = "alerts";
/// Column with the atoms that match the wanted substructures, as JSON: for each pattern its matches, for each match
/// the atom of the hit for every atom of the pattern.
const MATCHED_ATOMS: &str = "matched_atoms";

/// Writes the hits, best first: `rank,row,name,smiles,<task>,<task>_std,...,<descriptor>,...,max_similarity,nearest,
/// scaffold,alerts,matched_atoms`, the last ones where the run has them.
pub(crate) fn write_hits(path: &Path, hits: &[Hit], plan: &Plan) -> Result<(), Error> {
    let mut file = AtomicFile::create(path)?;
    let failed = |file: &AtomicFile, error: csv::Error| {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            other => std::io::Error::other(format!("{other:?}")),
        };
        Error::from(file.error("write", source))
    };
    let mut text = csv::Writer::from_writer(Vec::new());
    let mut reader = StructureReader::new(plan);
    text.write_record(header(plan)).map_err(|error| failed(&file, error))?;
    for (index, hit) in hits.iter().enumerate() {
        let found = reader.as_mut().map(|reader| reader.cells(hit)).transpose()?;
        let written = write_hit(&mut text, index + 1, hit, plan, &found.unwrap_or_default());
        written.map_err(|error| failed(&file, error))?;
    }
    let bytes = text.into_inner().map_err(|error| file.error("write", error.into_error()))?;
    file.write_all(&bytes).map_err(|source| file.error("write", source))?;
    Ok(file.commit()?)
}

fn header(plan: &Plan) -> Vec<String> {
    let columns = &plan.columns;
    let mut header: Vec<String> = ["rank", "row", "name", "smiles"].map(str::to_owned).to_vec();
    for name in &columns.predictions {
        header.push(name.clone());
        header.push(format!("{name}{STD_SUFFIX}"));
    }
    header.extend(columns.descriptors.iter().cloned());
    if columns.similarity {
        header.extend([SIMILARITY.to_owned(), NEAREST.to_owned()]);
    }
    if plan.scaffold.is_some() {
        header.push(SCAFFOLD.to_owned());
    }
    if !plan.properties.alerts().is_empty() {
        header.push(ALERTS.to_owned());
    }
    if plan.filter.wanted().next().is_some() {
        header.push(MATCHED_ATOMS.to_owned());
    }
    header
}

fn write_hit(
    text: &mut csv::Writer<Vec<u8>>,
    rank: usize,
    hit: &Hit,
    plan: &Plan,
    found: &[String],
) -> csv::Result<()> {
    text.write_field(rank.to_string())?;
    text.write_field(hit.row.to_string())?;
    text.write_field(&hit.name)?;
    text.write_field(&hit.smiles)?;
    for (mean, std) in hit.mean.iter().zip(&hit.std) {
        text.write_field(mean.to_string())?;
        text.write_field(std.to_string())?;
    }
    for value in &hit.descriptors {
        text.write_field(value.to_string())?;
    }
    if let (Some((similarity, nearest)), Some(references)) = (hit.similarity, &plan.references) {
        text.write_field(similarity.to_string())?;
        text.write_field(references.labels.get(nearest as usize).map_or("", String::as_str))?;
    }
    for cell in found {
        text.write_field(cell)?;
    }
    text.write_record(None::<&[u8]>)
}

/// Finds what only hits are asked for. They are few: their SMILES are read once more.
struct StructureReader<'a> {
    plan: &'a Plan,
    parser: Parser,
    writer: SmilesWriter,
    scaffolds: ScaffoldFinder,
    search: MatchScratch,
    alerts: AlertScratch,
}

impl<'a> StructureReader<'a> {
    /// None where nothing is asked for.
    fn new(plan: &'a Plan) -> Option<Self> {
        let has_patterns = !plan.properties.alerts().is_empty() || plan.filter.wanted().next().is_some();
        if plan.scaffold.is_none() && !has_patterns {
            return None;
        }
        Some(Self {
            plan,
            parser: Parser::new(),
            writer: SmilesWriter::default(),
            scaffolds: ScaffoldFinder::new(),
            search: MatchScratch::new(),
            alerts: AlertScratch::new(),
        })
    }

    /// The cells of the last columns.
    fn cells(&mut self, hit: &Hit) -> Result<Vec<String>, Error> {
        let lost = |error: &dyn std::fmt::Display| Error::Internal(format!("row {}: {error}", hit.row));
        let molecule = self.parser.parse(&hit.smiles).map_err(|error| lost(&error))?;
        let mut cells = Vec::new();
        if let Some(kind) = self.plan.scaffold {
            let scaffold = match kind {
                ScaffoldKind::Murcko => self.scaffolds.murcko(molecule),
                ScaffoldKind::Generic => self.scaffolds.generic(molecule),
            };
            // What cannot be drawn without the rest, such as an atom with five neighbours made carbon, has none.
            let scaffold = scaffold.ok().flatten();
            cells.push(scaffold.map_or(String::new(), |scaffold| self.writer.write(scaffold).to_owned()));
        }
        let alerts = self.plan.properties.alerts();
        if !alerts.is_empty() {
            let found = alerts.find(&mut self.alerts, molecule).map_err(|error| lost(&error))?;
            let names = found.iter().map(|alert| format!("{}: {}", alert.catalogue, alert.name()));
            cells.push(names.collect::<Vec<_>>().join("; "));
        }
        if self.plan.filter.wanted().next().is_some() {
            let atoms = self.plan.filter.highlights(molecule, &mut self.search);
            let atoms = atoms.map_err(|error| lost(&error))?;
            cells.push(serde_json::to_string(&atoms).map_err(|error| lost(&error))?);
        }
        Ok(cells)
    }
}
