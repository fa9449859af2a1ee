//! Same input and version: same bytes, whatever the number of threads, the batch size or the neighbours in a batch.

use crate::harness::{Scratch, bytes, shipped, table, test_data, text};

#[test]
fn threads_and_batch_sizes_change_no_byte() {
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    let library = scratch.esol_library();
    let drugs = shipped("cns_drugs.smi");
    let mut first: Option<[Vec<u8>; 2]> = None;
    for (threads, batch) in [("1", "4096"), ("2", "4096"), ("1", "1"), ("2", "7"), ("2", "1000")] {
        let out = format!("out-{threads}-{batch}");
        scratch.ok(&[
            "screen",
            library,
            "--model",
            model,
            "--like",
            text(&drugs),
            "--top",
            "2000",
            "--threads",
            threads,
            "--batch-size",
            batch,
            "-o",
            &out,
        ]);
        let files = ["results.h5", "hits.csv"].map(|name| bytes(&scratch.path(&out).join(name)));
        match &first {
            None => first = Some(files),
            Some(first) => {
                assert!(first[1] == files[1], "hits.csv differs with {threads} threads, batches of {batch}");
                assert!(
                    first[0] == files[0],
                    "results.h5 differs with {threads} threads, batches of {batch}"
                );
            }
        }
    }
}

#[test]
fn a_library_has_the_same_bytes_for_any_number_of_threads() {
    let Some(chembl) = test_data("smiles/chembl_10k.smi") else { return };
    let scratch = Scratch::new();
    let libraries = ["1", "2", "3"].map(|threads| {
        scratch.ok(&["library", "build", text(&chembl), "-o", "library.h5", "--threads", threads]);
        let library = bytes(&scratch.path("library.h5"));
        std::fs::remove_file(scratch.path("library.h5")).expect("remove");
        library
    });
    assert!(libraries[0] == libraries[1] && libraries[0] == libraries[2]);
}

#[test]
fn a_compound_scores_the_same_alone_and_in_company() {
    let Some(chembl) = test_data("smiles/chembl_10k.smi") else { return };
    let scratch = Scratch::new();
    let Some(model) = scratch.small_model() else { return };
    let all = String::from_utf8(bytes(&chembl)).expect("UTF-8");
    let lines: Vec<&str> = all.lines().take(400).collect();
    // The same compounds, in another order, between others, and each tenth one alone.
    let shuffled: Vec<&str> = (0..400).map(|i| lines[(i * 147 + 31) % 400]).collect();
    let few: Vec<&str> = lines.iter().copied().step_by(10).collect();
    let scored = [("all", &lines), ("shuffled", &shuffled), ("few", &few)].map(|(name, lines)| {
        scratch.write(&format!("{name}.smi"), lines.join("\n"));
        scratch.ok(&["library", "build", &format!("{name}.smi"), "-o", &format!("{name}.h5")]);
        scratch.ok(&["screen", &format!("{name}.h5"), "--model", model, "--top", "1000", "-o", name]);
        let (header, rows) = table(&scratch.path(name).join("hits.csv"));
        let smiles = header.iter().position(|h| h == "smiles").expect("smiles");
        let mut pairs: Vec<_> =
            rows.into_iter().map(|r| (r[smiles].clone(), r[smiles + 1].clone())).collect();
        pairs.sort();
        pairs
    });
    assert_eq!(scored[0].len(), 400);
    assert_eq!(scored[0], scored[1]);
    assert_eq!(scored[2].len(), 40);
    assert!(scored[2].iter().all(|pair| scored[0].contains(pair)));
}
