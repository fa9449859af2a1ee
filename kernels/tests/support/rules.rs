//! What has to hold between `.cu` files and declared sources; each rule gives complaints.

use std::collections::{BTreeMap, BTreeSet};

use soyaku_device::Source;

use super::declarations::{entries, includes};

/// Text of each `.cu` and `.cuh` below `kernels/`, by its path there.
pub type Files = BTreeMap<String, String>;

/// Files that no source declares, and sources whose text is of no file.
pub fn files_and_sources(files: &Files, sources: &[&Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".cu")) {
        match sources.iter().filter(|source| source.name == path).collect::<Vec<_>>()[..] {
            [] => complaints.push(format!("{path} is in no Source of kernels/sources.rs")),
            [source] if source.text == text => {}
            [source] => complaints.push(format!("the Source {} has the text of another file", source.name)),
            _ => complaints.push(format!("{path} is in several Sources")),
        }
    }
    for source in sources.iter().filter(|source| !files.contains_key(source.name)) {
        complaints.push(format!("the Source {} names no file below kernels/", source.name));
    }
    if !sources.is_sorted_by_key(|source| source.name) {
        complaints.push("kernels/sources.rs is not in the order of the names".to_owned());
    }
    complaints
}

/// Entry points that cannot be compiled by themselves, as they are.
pub fn separate_entries(source: &Source) -> Vec<String> {
    let name = source.name;
    let mut complaints = Vec::new();
    for entry in source.entries {
        let left = entries(&source.only(entry.name).text).unwrap_or_default();
        if left.iter().map(|left| &*left.name).ne([entry.name]) {
            complaints
                .push(format!("{name}: what is compiled for {} is not that entry point alone", entry.name));
        }
    }
    // Each is a module of its own, with variables of its own.
    if ["__constant__", "__managed__"].iter().any(|word| source.text.contains(word)) {
        complaints.push(format!("{name}: entry points cannot share a variable"));
    }
    complaints
}

/// Entry points that are declared otherwise than written, or not at all.
pub fn declared_entries(source: &Source) -> Vec<String> {
    let name = source.name;
    let written = match entries(source.text) {
        Ok(written) => written,
        Err(error) => return vec![format!("{name}: {error}")],
    };
    let mut complaints = Vec::new();
    for written in &written {
        let entry = &written.name;
        let Some(declared) = source.entry(entry) else {
            complaints.push(format!("{name}: {entry} is not among the Source's entries"));
            continue;
        };
        if declared.threads != written.threads {
            complaints.push(format!(
                "{name}: {entry} has __launch_bounds__({}), its Entry {} threads",
                written.threads, declared.threads
            ));
        }
        if declared.parameters != written.parameters {
            complaints.push(format!(
                "{name}: {entry} takes {:?}, its Entry says {:?}",
                written.parameters, declared.parameters
            ));
        }
    }
    for declared in source.entries {
        match written.iter().filter(|written| written.name == declared.name).count() {
            0 => complaints.push(format!("{name}: no extern \"C\" __global__ function {}", declared.name)),
            1 => {}
            _ => complaints.push(format!("{name}: {} is written more than once", declared.name)),
        }
        if declared.threads == 0 || declared.threads > 1024 || !declared.threads.is_multiple_of(32) {
            let threads = declared.threads;
            complaints.push(format!(
                "{name}: {} has {threads} threads: expected whole warps up to 1024",
                declared.name
            ));
        }
    }
    complaints
}

/// Names that two entries have: the table of resources and the launcher's messages go by them.
pub fn entry_names(sources: &[&Source]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = sources.iter().flat_map(|source| source.entries).map(|entry| entry.name);
    names.filter(|name| !seen.insert(*name)).map(|name| format!("two entries are named {name}")).collect()
}

/// Headers that are included but not listed, listed but not included, or listed with another text.
pub fn headers(files: &Files, source: &Source) -> Vec<String> {
    let name = source.name;
    let mut complaints = Vec::new();
    let mut included = BTreeSet::new();
    let mut open = vec![source.text];
    while let Some(text) = open.pop() {
        for header in includes(text) {
            if !included.insert(header.clone()) {
                continue;
            }
            match files.get(&format!("include/{header}")) {
                Some(text) => open.push(text),
                None => complaints.push(format!("{name} includes {header}, which is not in kernels/include")),
            }
        }
    }
    for header in
        included.iter().filter(|header| !source.headers.iter().any(|listed| listed.name == **header))
    {
        complaints.push(format!("{name} includes {header}, which its Source does not list"));
    }
    for listed in source.headers {
        if !included.contains(listed.name) {
            complaints.push(format!("{name} does not include {}, which its Source lists", listed.name));
        } else if files.get(&format!("include/{}", listed.name)).is_some_and(|text| text != listed.text) {
            complaints.push(format!("{name}: the header {} has the text of another file", listed.name));
        }
    }
    complaints
}
