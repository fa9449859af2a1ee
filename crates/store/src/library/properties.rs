//! Properties of compounds: text columns below `/properties`, which come up as the input brings them.

use std::collections::HashMap;

use crate::Error;
use crate::hdf::{self, ColumnSet, InputFile, OutputFile, TextIds, TextReader};

/// Group that holds them.
const GROUP: &str = "properties";
/// Most properties of a library: each takes room in memory while it is written.
pub(crate) const MAX_PROPERTIES: usize = 1024;

/// The columns of a library that is being written.
#[derive(Default)]
pub(super) struct PropertyColumns {
    group: Option<hdf5::Group>,
    places: HashMap<String, usize>,
    columns: Vec<Column>,
    /// Columns of the current row.
    current: Vec<usize>,
}

struct Column {
    ids: TextIds,
    rows: u64,
}

impl PropertyColumns {
    /// Appends the properties of row `row`. Of several values of one name the last counts; an empty name is none.
    pub(super) fn push<'a>(
        &mut self,
        row: u64,
        properties: impl DoubleEndedIterator<Item = (&'a [u8], &'a [u8])> + Clone,
        columns: &mut ColumnSet,
        file: &OutputFile,
    ) -> Result<(), Error> {
        let properties = properties.filter(|(name, _)| !name.is_empty());
        self.current.clear();
        for (name, _) in properties.clone() {
            // text that is not UTF-8 cannot name anything in HDF5
            let place = match self.places.get(&*String::from_utf8_lossy(name)) {
                Some(place) => *place,
                None => self.add(&String::from_utf8_lossy(name), columns, file)?,
            };
            self.current.push(place);
        }
        for ((_, value), place) in properties.rev().zip(self.current.iter().rev()) {
            let column = &mut self.columns[*place];
            if column.rows <= row {
                columns.push_empty(column.ids, row - column.rows, file)?;
                columns.push_text(column.ids, value);
                column.rows = row + 1;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: &str, columns: &mut ColumnSet, file: &OutputFile) -> Result<usize, Error> {
        let place = self.columns.len();
        if place == MAX_PROPERTIES {
            let reason = format!(
                "the compounds have more than {MAX_PROPERTIES} different properties; name those to be kept"
            );
            return Err(Error::conflict(file.path(), reason));
        }
        let root = file.root()?;
        let mut create = |group: &mut Option<hdf5::Group>| {
            let group = match group {
                Some(group) => group,
                None => group.insert(hdf::create_group(root, GROUP)?),
            };
            let link = link_name(name);
            let ids = columns.add_text(group, &link)?;
            let own = group.group(&link)?;
            hdf::write_text(&own, "name", &name.replace('\0', "\u{fffd}"))?;
            hdf::write_integer(&own, "position", place as i64)?;
            Ok(ids)
        };
        let ids = create(&mut self.group).map_err(|error: hdf5::Error| file.error(&error))?;
        self.places.insert(name.to_owned(), place);
        self.columns.push(Column { ids, rows: 0 });
        Ok(place)
    }

    /// Brings all columns to `rows` rows, with empty values.
    pub(super) fn fill(
        &mut self,
        rows: u64,
        columns: &mut ColumnSet,
        file: &OutputFile,
    ) -> Result<(), Error> {
        for column in &mut self.columns {
            columns.push_empty(column.ids, rows - column.rows, file)?;
            column.rows = rows;
        }
        Ok(())
    }
}

/// Name of the group that holds a property: its own name, with what HDF5 paths cannot hold as `%` and two
/// hexadecimal digits, and a `%` in front of two such digits likewise, so that two names never meet.
fn link_name(text: &str) -> String {
    let is_hex = |place: usize| text.as_bytes().get(place).is_some_and(u8::is_ascii_hexdigit);
    let is_dots = text.chars().all(|letter| letter == '.');
    let mut link = String::with_capacity(text.len());
    for (place, letter) in text.char_indices() {
        let is_escape = letter == '%' && is_hex(place + 1) && is_hex(place + 2);
        if letter == '/' || letter.is_ascii_control() || is_escape || (is_dots && letter == '.') {
            link.push_str(&format!("%{:02X}", letter as u32));
        } else {
            link.push(letter);
        }
    }
    link
}

/// Opens the properties of a library: names and columns in their order.
pub(super) fn open(file: &InputFile) -> Result<Vec<(String, TextReader)>, Error> {
    if !file.has(GROUP) {
        return Ok(Vec::new());
    }
    let group = file.root().group(GROUP).map_err(|error| file.damaged(&error))?;
    let mut found = Vec::new();
    for link in group.member_names().map_err(|error| file.damaged(&error))? {
        let own = group.group(&link).map_err(|error| file.damaged(&error))?;
        let position: i64 =
            own.attr("position").and_then(|attribute| attribute.read_scalar()).unwrap_or(i64::MAX);
        let name = hdf::read_text(&own, "name").unwrap_or_else(|| link.clone());
        found.push((position, link, name));
    }
    found.sort();
    let open =
        |(_, link, name)| TextReader::open(file, &format!("{GROUP}/{link}")).map(|column| (name, column));
    found.into_iter().map(open).collect()
}

#[cfg(test)]
mod tests {
    use super::link_name;

    #[test]
    fn names_become_links_that_never_meet() {
        let names =
            ["IC50 (nM)", "a/b", "a%2Fb", "a%252Fb", "% inhibition", "%%2F", ".", "..", "a.b", "x\ny", "薬"];
        let links = names.map(link_name);
        assert_eq!(links[..5], ["IC50 (nM)", "a%2Fb", "a%252Fb", "a%25252Fb", "% inhibition"]);
        assert_eq!(links[5..], ["%%252F", "%2E", "%2E%2E", "a.b", "x%0Ay", "薬"]);
    }
}
