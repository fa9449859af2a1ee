//! Texts made to exhaust the stack, memory or patience: an answer or an error, soon.

use std::io::Read;
use std::time::{Duration, Instant};

use soyaku_chem::sdf::SdfReader;
use soyaku_chem::smarts::{MatchScratch, Pattern};
use soyaku_chem::{ErrorKind, Parser, SmilesWriter};

const MANY: usize = 100_000;
/// Many times what each case takes on a quiet machine, little beside what quadratic time takes.
const LIMIT: Duration = Duration::from_secs(5);

/// Does something and fails if it takes long.
fn soon<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let time = start.elapsed();
    println!("{what}: {} ms", time.as_millis());
    assert!(time < LIMIT, "{what} took {} s", time.as_secs());
    result
}

fn repeat(parts: &[(&str, usize)]) -> String {
    parts.iter().map(|(text, count)| text.repeat(*count)).collect()
}

/// Reads a SMILES, and writes and reads again what was read.
fn read(smiles: &str) -> Result<usize, ErrorKind> {
    let start: String = smiles.chars().take(24).collect();
    let mut parser = Parser::new();
    let molecule = match soon(&format!("{start}..."), || parser.parse(smiles.as_bytes()).cloned()) {
        Ok(molecule) => molecule,
        Err(error) => {
            assert!(error.to_string().len() < 1000, "{} bytes of message", error.to_string().len());
            return Err(error.kind());
        }
    };
    let mut writer = SmilesWriter::default();
    let text = soon(&format!("{start}... written"), || writer.write(&molecule).to_owned());
    let again = soon(&format!("{start}... again"), || parser.parse(text.as_bytes()).cloned());
    assert_eq!(again.map(|again| again.atoms().len()), Ok(molecule.atoms().len()));
    Ok(molecule.atoms().len())
}

#[test]
fn nested_branches() {
    assert_eq!(read(&repeat(&[("C(", MANY), ("C", 1), (")", MANY)])), Ok(MANY + 1));
    assert_eq!(read(&repeat(&[("C(", MANY)])), Err(ErrorKind::Syntax));
    assert_eq!(read(&repeat(&[("(", MANY)])), Err(ErrorKind::Syntax));
    assert_eq!(read(&repeat(&[("C", 1), (")", MANY)])), Err(ErrorKind::Syntax));
    assert_eq!(read(&repeat(&[("C", 1), ("((", MANY)])), Err(ErrorKind::Syntax));
    // too many bonds for a carbon, a uranium and a byte
    assert_eq!(read(&repeat(&[("C", 1), ("(C)", MANY)])), Err(ErrorKind::TooLarge));
    assert_eq!(read(&repeat(&[("[U]", 1), ("(C)", MANY)])), Err(ErrorKind::TooLarge));
}

#[test]
fn many_parts() {
    assert_eq!(read(&repeat(&[("C.", MANY), ("C", 1)])), Ok(MANY + 1));
    assert_eq!(read(&repeat(&[(".", MANY)])), Err(ErrorKind::Syntax));
    assert_eq!(read(&repeat(&[("[Na+].[Cl-].", MANY / 2), ("C", 1)])), Ok(MANY + 1));
    assert_eq!(read(&repeat(&[("C1CC1.", MANY / 4), ("C", 1)])), Ok(3 * MANY / 4 + 1));
}

#[test]
fn ring_closures() {
    let opened: String = (0..MANY).map(|number| format!("C%({number})")).collect();
    assert_eq!(read(&opened), Err(ErrorKind::Ring));
    assert_eq!(read(&repeat(&[("C1", MANY)])), Err(ErrorKind::Ring));
    assert_eq!(read(&repeat(&[("C", 1), ("1", MANY)])), Err(ErrorKind::Ring));
    assert_eq!(read(&repeat(&[("C", 1), ("%12", MANY)])), Err(ErrorKind::Ring));
    assert!(matches!(read(&repeat(&[("C%(", 1), ("9", 1_000_000), (")", 1)])), Err(ErrorKind::Syntax)));
    assert!(read("C%(99999)CC%(99999)").is_ok());
    // one ring of everything, and small rings one after the other
    assert_eq!(read(&repeat(&[("C1", 1), ("C", MANY), ("1", 1)])), Ok(MANY + 1));
    assert_eq!(read(&repeat(&[("C1CC1", MANY / 4)])), Ok(3 * (MANY / 4)));
    assert_eq!(read(&repeat(&[("c1ccc(cc1)", MANY / 10), ("C", 1)])), Ok(6 * (MANY / 10) + 1));
}

#[test]
fn brackets_and_numbers() {
    assert_eq!(read(&repeat(&[("[", MANY)])), Err(ErrorKind::Syntax));
    assert_eq!(read(&repeat(&[("[C", MANY)])), Err(ErrorKind::Syntax));
    assert_eq!(read(&repeat(&[("]", MANY)])), Err(ErrorKind::Syntax));
    for start in ["", "C", "[", "[C:", "[C+", "[C@TB", "[CH", "[#", "C%"] {
        assert!(read(&repeat(&[(start, 1), ("1", 1_000_000)])).is_err(), "{start}");
    }
    assert!(read(&repeat(&[("[C", 1), ("+", 1_000_000), ("]", 1)])).is_err());
    assert!(read(&repeat(&[("[C", 1), ("@", 1_000_000), ("]", 1)])).is_err());
    assert!(read(&repeat(&[("C", 1), ("-", 1_000_000), ("C", 1)])).is_err());
    assert!(read(&repeat(&[("C", 1), ("\\", 1_000_000), ("C", 1)])).is_err());
    assert!(read(&repeat(&[(" ", 1_000_000)])).is_err());
    assert!(read(&repeat(&[("\u{ff}", 1_000_000)])).is_err());
}

#[test]
fn long_chains_of_everything() {
    for unit in
        ["C", "N", "C=", "C#CC", "[13CH2]", "C(C)", "OC(=O)", "[SiH2]", "C(F)(F)", "N(C)C(=O)", "/C=C/C"]
    {
        let text = repeat(&[("C", 1), (unit, MANY / 4), ("C", 1)]);
        assert!(read(&text).is_ok(), "{unit}");
    }
    assert!(read(&repeat(&[("*", MANY)])).is_ok());
    assert!(read(&repeat(&[("c", MANY)])).is_err());
    assert!(read(&repeat(&[("c1", MANY)])).is_err());
    assert!(read(&repeat(&[("[H]", MANY)])).is_err());
    assert!(read(&repeat(&[("[H]C([H])([H])C.", MANY / 20), ("C", 1)])).is_ok());
    assert!(read(&repeat(&[("C([2H])([3H])", MANY / 20), ("C", 1)])).is_ok());
}

#[test]
fn rings_joined_in_many_ways() {
    // a ladder, a strip of aromatic rings, spiro rings, and a ring of rings
    let ladder = repeat(&[("C1C", 1), ("2CC1C", 1), ("C", 1)]);
    assert!(read(&ladder).is_err());
    assert!(read(&repeat(&[("C12C3C4C1C5C2C3C45.", 2_000), ("C", 1)])).is_ok());
    assert!(read(&repeat(&[("C1CC11", 1), ("CC11", 5_000), ("CC1", 1)])).is_ok());
    assert!(read(&repeat(&[("C1CCC2(CC1)CC2.", 5_000), ("C", 1)])).is_ok());
}

#[test]
fn stereocentres_by_the_thousand() {
    let peptide = repeat(&[("N[C@@H](C)C(=O)", 3_000), ("O", 1)]);
    assert!(read(&peptide).is_ok());
    let polymer = repeat(&[("[C@H](C)(F)", 3_000), ("O", 1)]);
    assert!(read(&polymer).is_err());
    let polymer = repeat(&[("C[C@H](F)", 3_000), ("O", 1)]);
    assert!(read(&polymer).is_ok());
    let marked = repeat(&[("C/C=C/", 3_000), ("C", 1)]);
    assert!(read(&marked).is_ok());
}

#[test]
fn patterns() {
    let mut parser = Parser::new();
    let molecule = parser.parse(b"CC(=O)Oc1ccccc1C(=O)O").unwrap();
    let mut scratch = MatchScratch::new();
    let mut check = |pattern: &str| {
        let start: String = pattern.chars().take(24).collect();
        soon(&format!("SMARTS {start}..."), || {
            let pattern = Pattern::parse(pattern)?;
            let found = pattern.matches(molecule, &mut scratch);
            Ok::<_, soyaku_chem::smarts::SmartsError>(found)
        })
    };
    assert!(check(&repeat(&[("[$(", MANY)])).is_err());
    assert!(check(&repeat(&[("[$(", MANY), ("C", 1), (")]", MANY)])).is_ok());
    assert!(check(&repeat(&[("[$(C),$(", MANY / 4), ("C", 1), (")]", MANY / 4)])).is_ok());
    assert!(check(&repeat(&[("C(", MANY), ("C", 1), (")", MANY)])).is_ok());
    assert!(check(&repeat(&[("C", 2 * MANY)])).is_ok());
    assert!(check(&repeat(&[("[", MANY)])).is_err());
    assert!(check(&repeat(&[("[!", 1), ("!", MANY), ("C]", 1)])).is_ok());
    assert!(check(&repeat(&[("[C", 1), (",C", MANY), ("]", 1)])).is_ok());
    assert!(check(&repeat(&[("[C", 1), (";C,N", MANY), ("]", 1)])).is_ok());
    assert!(check(&repeat(&[("C", 1), ("-,", MANY), ("-C", 1)])).is_ok());
    assert!(check(&repeat(&[("C", 1), ("~;", MANY), ("~C", 1)])).is_ok());
    assert!(check(&repeat(&[("*.", MANY), ("*", 1)])).is_ok());
    assert!(check(&repeat(&[("C1", MANY)])).is_err());
    assert!(check(&repeat(&[("C", 1), ("1", MANY)])).is_err());
    assert!(check(&repeat(&[("[#", 1), ("1", 1_000_000), ("]", 1)])).is_err());
    assert!(check(&repeat(&[("[r{", 1), ("1", 1_000_000), ("}]", 1)])).is_err());
    assert!(check(&repeat(&[("[$(C", 5_000), (")]", 5_000)])).is_ok());
    let opened: String = (0..MANY).map(|number| format!("C%({number})")).collect();
    assert!(check(&opened).is_err());
    let closed: String = (0..20_000).map(|number| format!("*%({number})")).collect();
    assert!(check(&format!("{closed}{closed}")).is_ok());
    // fits in very many ways, or almost
    assert!(check(&repeat(&[("*~*.", 6), ("*", 1)])).is_ok());
    assert!(check(&repeat(&[("[$(*~*~*~*~*~*~[Fe])]~", 12), ("[U]", 1)])).is_ok());
}

#[test]
fn files() {
    let long_line = "x".repeat(100 << 20);
    let mut reader = SdfReader::with_limit(long_line.as_bytes(), 1 << 20);
    assert!(soon("one line of 100 MiB", || reader.read().map(|record| record.is_none())).is_err());
    let dollars = "$$$$\n".repeat(MANY);
    let mut reader = SdfReader::new(dollars.as_bytes());
    let count = soon("empty records", || {
        let mut count = 0;
        while let Ok(Some(_)) | Err(_) = reader.read() {
            count += 1;
        }
        count
    });
    assert!(count <= MANY);
    for line in
        ["\n", ">\n", "> <A>\n", "> <A>\nx\n\n", "M  END\n", "M  V30 -\n", "M  CHG  1   1   1\n", "\r", "a\n"]
    {
        let text = format!("t\n\n\n{}\n$$$$\n", line.repeat(MANY));
        soon(&format!("a record of {line:?}"), || {
            let mut parser = Parser::new();
            let mut reader = SdfReader::new(text.as_bytes());
            for _ in 0..3 {
                if let Ok(Some(record)) = reader.read() {
                    assert!(parser.parse_mol_block(record.mol_block()).is_err());
                    assert!(record.properties().len() <= MANY);
                }
            }
        });
    }
    // bytes that never end a line come from a stream that does not hold them all
    let stream = std::io::BufReader::new(std::io::repeat(0).take(64 << 20));
    let mut reader = SdfReader::with_limit(stream, 1000);
    assert!(soon("64 MiB of zeros", || reader.read().map(|record| record.is_none())).is_err());
}

#[test]
fn large_mol_blocks() {
    let atoms = 30_000;
    let mut block = format!(
        "t\n\n\n  0  0  0  0  0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS {atoms} {} 0 0 0\nM  V30 BEGIN ATOM\n",
        atoms - 1
    );
    for atom in 1..=atoms {
        block += &format!("M  V30 {atom} C {} {} 0 0\n", atom, atom % 2);
    }
    block += "M  V30 END ATOM\nM  V30 BEGIN BOND\n";
    for bond in 1..atoms {
        block += &format!("M  V30 {bond} 1 {bond} {}\n", bond + 1);
    }
    block += "M  V30 END BOND\nM  V30 END CTAB\nM  END\n";
    let mut parser = Parser::new();
    let count = soon("a chain in a mol block", || {
        parser.parse_mol_block(block.as_bytes()).map(|molecule| molecule.atoms().len())
    });
    assert_eq!(count, Ok(atoms));
    let continued = block.replacen("0 0\n", &format!("0 0 {}\n", "-\nM  V30 ".repeat(MANY)), 1);
    assert!(soon("a line continued often", || parser.parse_mol_block(continued.as_bytes()).is_ok()));
    // points on top of each other, and bonds without direction
    let flat = block.replace(" 1 0 0\n", " 0 0 0\n");
    soon("points in one place", || parser.parse_mol_block(flat.as_bytes()).is_ok());
}
