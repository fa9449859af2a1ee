//! `hits.csv`.

use std::io::Write;
use std::path::Path;

use soyaku_chem::Parser;
use soyaku_chem::smarts::MatchScratch;
use soyaku_store::AtomicFile;

use crate::Error;
use crate::columns::{SIMILARITY, STD_SUFFIX};
use crate::config::Plan;
use crate::rank::Hit;

/// Column with the reference compound that a hit is most similar to.
const NEAREST: &str = "nearest";
/// Column with the atoms that match the wanted substructures, as JSON: for each pattern its matches, for each match
/// the atom of the hit for every atom of the pattern.
const MATCHED_ATOMS: &str = "matched_atoms";

/// Writes the hits, best first: `rank,row,name,smiles,<task>,<task>_std,...,<descriptor>,...,max_similarity,nearest,
/// matched_atoms`, the last ones where the run has them.
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
    let mut highlighter = Highlighter::new(plan);
    text.write_record(header(plan)).map_err(|error| failed(&file, error))?;
    for (index, hit) in hits.iter().enumerate() {
        let highlights = highlighter.as_mut().map(|highlighter| highlighter.text(hit)).transpose()?;
        let written = write_hit(&mut text, index + 1, hit, plan, highlights.as_deref());
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
    highlights: Option<&str>,
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
    if let Some(highlights) = highlights {
        text.write_field(highlights)?;
    }
    text.write_record(None::<&[u8]>)
}

/// Finds the atoms of hits that match. Hits are few: their SMILES are read once more.
struct Highlighter<'a> {
    plan: &'a Plan,
    parser: Parser,
    scratch: MatchScratch,
}

impl<'a> Highlighter<'a> {
    fn new(plan: &'a Plan) -> Option<Self> {
        plan.filter.wanted().next()?;
        Some(Self { plan, parser: Parser::new(), scratch: MatchScratch::new() })
    }

    fn text(&mut self, hit: &Hit) -> Result<String, Error> {
        let lost = |error: &dyn std::fmt::Display| Error::Internal(format!("row {}: {error}", hit.row));
        let molecule = self.parser.parse(&hit.smiles).map_err(|error| lost(&error))?;
        let highlights = self.plan.filter.highlights(molecule, &mut self.scratch);
        let highlights = highlights.map_err(|error| lost(&error))?;
        serde_json::to_string(&highlights).map_err(|error| lost(&error))
    }
}
