//! Mol blocks and SD files that are broken in one way or another: an error that says where, never a
//! panic, and no memory asked for on the word of a counts line.

use soyaku_chem::sdf::SdfReader;
use soyaku_chem::{ErrorKind, Parser};

const V2000: &str = "title
  program           2D
comment
  5  4  0  0  1  0            999 V2000
   -2.8748   -0.2197    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
   -1.4825    0.3386    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
   -0.3029   -0.5880    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    1.0893   -0.0297    0.0000 N   0  3  0  0  0  0  0  0  0  0  0  0
    1.3020    1.4551    0.0000 Cl  0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  2  3  2  0
  3  4  1  0
  2  5  1  1
M  CHG  1   4   1
M  ISO  1   1  13
M  END
";

const V3000: &str = "title
  program           2D
comment
  0  0  0  0  0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 4 3 0 0 0
M  V30 BEGIN ATOM
M  V30 1 C -1.299038 -0.250000 0.000000 0
M  V30 2 C 0.000000 0.500000 0.000000 0 CFG=2
M  V30 3 F 1.299038 -0.250000 0.000000 0
M  V30 4 O 0.000000 2.000000 0.000000 0 CHG=-1 -
M  V30 MASS=18
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 1 2 1 CFG=1
M  V30 2 1 2 3
M  V30 3 1 2 4
M  V30 END BOND
M  V30 BEGIN COLLECTION
M  V30 MDLV30/STEABS ATOMS=(1 2)
M  V30 END COLLECTION
M  V30 END CTAB
M  END
";

/// Kind, line and message of the error of a block.
fn error(block: &str) -> (ErrorKind, Option<usize>, String) {
    match Parser::new().parse_mol_block(block.as_bytes()) {
        Ok(molecule) => panic!("read as {} atoms:\n{block}", molecule.atoms().len()),
        Err(error) => (error.kind(), error.line(), error.to_string()),
    }
}

#[test]
fn the_blocks_themselves_are_sound() {
    let mut parser = Parser::new();
    for block in [V2000.to_owned(), V2000.replace('\n', "\r\n")] {
        let molecule = parser.parse_mol_block(block.as_bytes()).unwrap();
        assert_eq!((molecule.atoms()[0].isotope, molecule.atoms()[3].formal_charge), (13, 1));
    }
    for block in [V3000.to_owned(), V3000.replace('\n', "\r\n")] {
        let molecule = parser.parse_mol_block(block.as_bytes()).unwrap();
        assert_eq!((molecule.atoms()[3].isotope, molecule.atoms()[3].formal_charge), (18, -1));
        assert_ne!(molecule.atoms()[1].cip_label, 0);
    }
}

#[test]
fn errors_name_the_line() {
    let cases = [
        (V2000, "  5  4  0  0  1  0            999 V2000", "  5", 4, "too short"),
        (V2000, "  5  4  0", "  x  4  0", 4, "number of atoms"),
        (V2000, "  5  4  0", " -5  4  0", 4, "0 to 999"),
        (V2000, "  5  4  0", "  6  4  0", 10, "too short"),
        (V2000, "  5  4  0", "  4  4  0", 9, "atom 0: expected 1 to 4"),
        (V2000, "  5  4  0", "  5  6  0", 14, "whole number"),
        (V2000, "V2000", "V4000", 4, "V2000 or V3000"),
        (V2000, "   -1.4825 ", "   -1.48x5 ", 6, "coordinate"),
        (V2000, " 0.0000 N ", " 0.0000 Xx", 8, "atom symbol 'Xx'"),
        (V2000, "N   0  3", "N   0  a", 8, "charge"),
        (V2000, "N   0  3", "N   0999", 8, "-128 to 127"),
        (V2000, "  2  5  1", "  2  6  1", 13, "expected 1 to 5"),
        (V2000, "  2  5  1", "  0  5  1", 13, "expected 1 to 5"),
        (V2000, "  2  5  1", "  5  5  1", 13, "bonded to itself"),
        (V2000, "  2  5  1", "  2  5 77", 13, "bond type 77"),
        (V2000, "  2  5  1  1", "  2  5", 13, "too short"),
        (V2000, "M  CHG  1   4   1", "M  CHG  1   9   1", 14, "expected 1 to 5"),
        (V2000, "M  CHG  1   4   1", "M  CHG  3   4   1", 14, "3 entries announced"),
        (V2000, "M  CHG  1   4   1", "M  CHG  1   4 999", 14, "charge 999"),
        (V2000, "M  CHG  1   4   1", "M  RAD  1   4   9", 14, "radical 9"),
        (V2000, "M  ISO  1   1  13", "M  ISO  1   1  -3", 15, "isotope -3"),
        (V2000, "M  END\n", "$$$$\n", 16, "M  END"),
        (V2000, "M  END\n", "", 16, "ends here"),
        (V3000, "  0  0  0", "  4  3  0", 4, "must have no atoms"),
        (V3000, "COUNTS 4 3 0 0 0", "COUNTS 4", 6, "numbers of atoms and bonds"),
        (V3000, "COUNTS 4 3", "COUNTS 5 3", 13, "atom number"),
        (V3000, "COUNTS 4 3", "COUNTS x 3", 6, "count"),
        (V3000, "V30 3 F", "V30 2 F", 13, "two atoms have number 2"),
        (V3000, "V30 3 F", "V30 3 Xx", 10, "atom symbol"),
        (V3000, "CHG=-1", "CHG", 12, "NAME=value"),
        (V3000, "CHG=-1", "CHG=1000", 12, "charge 1000"),
        (V3000, "MASS=18", "MASS=-18", 12, "mass"),
        (V3000, "V30 3 1 2 4", "V30 3 1 2 9", 17, "no atom number 9"),
        (V3000, "V30 3 1 2 4", "V30 3 1 2", 17, "second atom"),
        (V3000, "CFG=1", "CFG=7", 15, "CFG"),
        (V3000, "M  V30 END CTAB\n", "", 22, "M  V30"),
        (V3000, "M  END\n", "", 23, "ends here"),
    ];
    for (block, from, to, line, text) in cases {
        assert!(block.contains(from), "{from}");
        let (kind, at, message) = error(&block.replacen(from, to, 1));
        assert_eq!((kind, at), (ErrorKind::Syntax, Some(line)), "{from:?} to {to:?}: {message}");
        assert!(message.contains(text), "{from:?} to {to:?}: {message}");
    }
}

#[test]
fn features_that_are_not_read() {
    let cases = [
        (V2000, " 0.0000 N ", " 0.0000 Q ", 8),
        (V2000, " 0.0000 Cl", " 0.0000 L ", 9),
        (V2000, "  2  5  1  1", "  2  5  5  0", 13),
        (V2000, "M  CHG  1   4   1", "M  ALS   4  2 F N   O   ", 14),
        (V2000, "M  CHG  1   4   1", "M  ZBO  1   1   0", 14),
        (V2000, "M  CHG  1   4   1", "M  SDT   1 ZBO", 14),
        (V3000, "V30 3 F", "V30 3 [F,Cl]", 10),
        (V3000, "V30 3 1 2 4", "V30 3 10 2 4", 17),
        (V3000, "CHG=-1", "HCOUNT=1", 12),
    ];
    for (block, from, to, line) in cases {
        assert!(block.contains(from), "{from}");
        let (kind, at, message) = error(&block.replacen(from, to, 1));
        assert_eq!((kind, at), (ErrorKind::Unsupported, Some(line)), "{from:?} to {to:?}: {message}");
    }
}

#[test]
fn molecules_that_cannot_be() {
    let twice = V2000.replacen("  2  5  1  1", "  1  2  1  0", 1);
    assert_eq!(error(&twice).2, "atoms 0 and 1 are bonded twice");
    let valence = V2000.replacen("  3  4  1", "  3  4  3", 1);
    assert_eq!(error(&valence).0, ErrorKind::Valence);
    let empty = "\n\n\n  0  0  0  0  0  0            999 V2000\nM  END\n";
    assert_eq!(error(empty).0, ErrorKind::Empty);
    assert_eq!(error("").0, ErrorKind::Empty);
    assert_eq!(error("\n\n\n\n").0, ErrorKind::Empty);
}

#[test]
fn counts_are_not_believed() {
    let huge = V3000.replacen("COUNTS 4 3", "COUNTS 4000000000 4000000000", 1);
    assert_eq!(error(&huge).0, ErrorKind::Syntax);
    let beyond = V3000.replacen("COUNTS 4 3", "COUNTS 99999999999999999999999 3", 1);
    assert_eq!(error(&beyond).1, Some(6));
    let full = V2000.replacen("  5  4", "999999", 1);
    assert_eq!(error(&full).0, ErrorKind::Syntax);
    let entries = V2000.replacen("M  CHG  1", "M  CHG999", 1);
    assert_eq!(error(&entries).1, Some(14));
}

#[test]
fn every_beginning_of_a_block() {
    let mut parser = Parser::new();
    for block in [V2000, V3000] {
        let needed = block.len() - 1;
        for length in 0..needed {
            assert!(parser.parse_mol_block(&block.as_bytes()[..length]).is_err(), "{length} bytes");
        }
        assert!(parser.parse_mol_block(&block.as_bytes()[..needed]).is_ok());
    }
}

/// Numbers that look random, the same every time (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Changes a few bytes, lines or pieces.
fn mutate(random: &mut Random, text: &mut Vec<u8>) {
    for _ in 0..1 + random.below(4) {
        let at = random.below(text.len());
        let length = random.below(30).min(text.len() - at);
        match random.below(6) {
            0 => text[at] = random.below(256) as u8,
            1 => text[at] = b"0123456789 -.=()[]\"\nMVC$"[random.below(24)],
            2 => drop(text.drain(at..at + length)),
            3 => {
                let piece = text[at..at + length].to_vec();
                let to = random.below(text.len());
                text.splice(to..to, piece);
            }
            4 => text.truncate(at.max(1)),
            _ => {
                let digit = text[at].is_ascii_digit();
                text[at] = if digit { b'0' + random.below(10) as u8 } else { b' ' };
            }
        }
        if text.is_empty() {
            text.push(b'\n');
        }
    }
}

#[test]
fn changed_blocks_give_a_molecule_or_an_error() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut parser = Parser::new();
    let (mut read, mut refused) = (0, 0);
    let space = V2000.replace("2D", "3D").replace(" 0.0000 C ", " 1.3000 C ");
    for block in [V2000, V3000, &space] {
        for _ in 0..20_000 {
            let mut text = block.as_bytes().to_vec();
            mutate(&mut random, &mut text);
            match parser.parse_mol_block(&text) {
                Ok(molecule) => {
                    assert!(!molecule.atoms().is_empty());
                    read += 1;
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
    // and the parser is none the worse
    assert_eq!(parser.parse_mol_block(V2000.as_bytes()).unwrap().atoms().len(), 5);
}

#[test]
fn changed_files_give_records_or_errors() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut parser = Parser::new();
    let file = format!("{V2000}> <A>\n1\n\n$$$$\n{V3000}> <B>\n2\n3\n\n> <C>\n\n$$$$\n{V2000}$$$$\n");
    let mut good = 0;
    for _ in 0..5_000 {
        let mut text = file.as_bytes().to_vec();
        mutate(&mut random, &mut text);
        let mut reader = SdfReader::with_limit(&text[..], 1500);
        let mut records = 0;
        loop {
            match reader.read() {
                Ok(None) => break,
                Ok(Some(record)) => {
                    good += usize::from(parser.parse_mol_block(record.mol_block()).is_ok());
                    assert!(
                        record
                            .properties()
                            .all(|(name, _)| name.contains('\u{fffd}') || record.property(&name).is_some())
                    );
                }
                Err(error) => assert!(error.to_string().contains("record"), "{error}"),
            }
            records += 1;
            assert!(records <= text.len(), "the reader comes to an end");
        }
    }
    assert!(good > 5_000, "{good} good records");
}
