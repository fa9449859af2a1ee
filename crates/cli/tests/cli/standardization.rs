//! `soyaku library build --standardize`.

use crate::harness::{Scratch, bytes, oracle_python, python_check, test_data, text};

const LINES: &str = "CC(=O)[O-].[Na+] sodium-acetate\nC1CC open\nCC(=O)O acetic-acid\nCCO ethanol\n\
                     C[N+](C)(C)CC([O-])=O betaine\nCC[NH3+].[Cl-] hydrochloride\nCN(=O)=O nitromethane\n";

#[test]
fn changed_compounds_say_what_they_were_and_what_was_done() {
    let scratch = Scratch::new();
    scratch.write("salts.smi", LINES);
    let run =
        scratch.ok(&["library", "build", "salts.smi", "-o", "salts.h5", "--standardize", "--deduplicate"]);
    run.expect_message(&[
        "5 compounds, 1 rejected, 1 duplicates",
        "standardized: 2",
        "kept-largest-fragment: 2",
        "neutralized: 2",
    ]);
    scratch.ok(&["library", "export", "salts.h5", "-o", "salts.csv"]);
    let csv = String::from_utf8(bytes(&scratch.path("salts.csv"))).expect("UTF-8");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "smiles,name,original_smiles,standardization");
    assert_eq!(lines[1], "CC(=O)O,sodium-acetate,CC(=O)[O-].[Na+],kept-largest-fragment; neutralized 1");
    assert_eq!(lines[2], "CCO,ethanol,,");
    assert_eq!(lines[3], "C[N+](C)(C)CC([O-])=O,betaine,,");
    assert_eq!(lines.len(), 6, "{csv}");
    let json = scratch.ok(&["library", "info", "salts.h5", "--json"]).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["provenance"]["standardize"], "metals,normalize,reionize,fragment,uncharge");
    assert_eq!(json["provenance"]["standardized"]["compounds"], 2);
    assert_eq!(json["provenance"]["inputs"][0]["duplicates"], 1);
    let rejected = scratch.ok(&["library", "info", "salts.h5", "--rejected", "9"]).stdout();
    assert!(rejected.contains("line 3: CC(=O)O: duplicate of row 0 (line 1)"), "{rejected}");
}

#[test]
fn steps_are_chosen_by_name() {
    let scratch = Scratch::new();
    scratch.write("salts.smi", LINES);
    let first = |steps: &str| -> String {
        let flag = format!("--standardize={steps}");
        scratch.ok(&["library", "build", "salts.smi", "-o", "some.h5", &flag]);
        let text = scratch.ok(&["library", "export", "some.h5"]).stdout();
        text.lines().next().expect("a line").to_owned()
    };
    assert_eq!(first("fragment"), "CC(=O)[O-] sodium-acetate");
    assert_eq!(first("normalize"), "CC(=O)[O-].[Na+] sodium-acetate");
    assert_eq!(first("salts,uncharge"), "CC(=O)O sodium-acetate");
    let wrong = ["library", "build", "salts.smi", "-o", "other.h5", "--standardize=desalt"];
    scratch.run(&wrong).expect_code(2).expect_message(&["desalt", "uncharge", "charge-parent"]);
}

#[test]
fn rdkit_makes_the_same_parents() {
    let (Some(python), Some(chembl)) = (oracle_python(), test_data("smiles/chembl_10k.smi")) else { return };
    let scratch = Scratch::new();
    let all = String::from_utf8(bytes(&chembl)).expect("UTF-8");
    let ions = ["", ".Cl", ".[Na+]", ".OC(=O)/C=C\\C(O)=O", ".O", ".CS(O)(=O)=O"];
    let lines = all.lines().step_by(17).enumerate();
    let salts: Vec<String> = lines
        .map(|(index, line)| {
            format!("{}{}", line.split_whitespace().next().unwrap_or(""), ions[index % ions.len()])
        })
        .collect();
    let input = scratch.write("salts.smi", salts.join("\n"));
    let mut libraries = Vec::new();
    for threads in ["1", "2"] {
        let build =
            ["library", "build", text(&input), "-o", "salts.h5", "--standardize", "--threads", threads];
        scratch.ok(&build);
        libraries.push(bytes(&scratch.path("salts.h5")));
        if threads == "1" {
            python_check(&python, "check_standardized.py", &[&scratch.path("salts.h5"), &input]);
            std::fs::remove_file(scratch.path("salts.h5")).expect("remove");
        }
    }
    assert!(libraries[0] == libraries[1], "the number of threads changed the library");
}
