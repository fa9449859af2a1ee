use super::*;

fn read_all(file: &[u8]) -> Vec<Result<Record, String>> {
    let mut reader = SdfReader::with_limit(file, 200);
    let mut records = Vec::new();
    loop {
        match reader.read() {
            Ok(Some(record)) => records.push(Ok(record.clone())),
            Ok(None) => return records,
            Err(error) => records.push(Err(error.to_string())),
        }
    }
}

fn properties(record: &Record) -> Vec<(String, String)> {
    record.properties().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

const FILE: &str = "one\n\n\n  0  0\nM  END\n>  <A>  (1)\nx\n\n> <B>\ny\n \nz\n\n>  <A>\n\n$$$$\ntwo\n\n\n  0  0\nM  END\n$$$$\n";

#[test]
fn records_titles_and_properties() {
    for file in [FILE.to_owned(), FILE.replace('\n', "\r\n"), FILE.trim_end_matches("$$$$\n").to_owned()] {
        let records: Vec<_> = read_all(file.as_bytes()).into_iter().map(Result::unwrap).collect();
        assert_eq!(records.len(), 2);
        assert_eq!([&*records[0].title(), &*records[1].title()], ["one", "two"]);
        assert_eq!([records[0].number(), records[1].number()], [1, 2]);
        assert_eq!([records[0].line(), records[1].line()], [1, 17]);
        let pairs = [("A", "x"), ("B", "y\n \nz"), ("A", "")];
        assert_eq!(properties(&records[0]), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(records[0].property("A").as_deref(), Some(""));
        assert_eq!(records[0].property("C"), None);
        assert!(records[0].mol_block().trim_ascii_end().ends_with(b"M  END"));
        assert_eq!(properties(&records[1]), []);
    }
}

#[test]
fn nothing_and_blanks_are_no_record() {
    for file in ["", "\n", "\r\n \n"] {
        assert!(read_all(file.as_bytes()).is_empty(), "{file:?}");
    }
    assert_eq!(read_all(format!("{FILE}\n\n").as_bytes()).len(), 2);
    // but an end mark ends one
    assert_eq!(read_all(b"$$$$\n$$$$\n").len(), 2);
}

#[test]
fn long_records_are_skipped() {
    for line in ["x".repeat(1000), "x\n".repeat(500)] {
        let file = format!("{line}\n$$$$\n{FILE}{line}");
        let records = read_all(file.as_bytes());
        assert_eq!(records.len(), 4);
        assert_eq!(
            records[0].as_ref().unwrap_err(),
            "record 1, which starts at line 1, exceeds the limit of 200 bytes"
        );
        assert!(records[1].is_ok() && records[2].is_ok() && records[3].is_err());
    }
}

#[test]
fn malformed_items_are_reported_with_their_line() {
    let file = FILE.replace("> <B>", "> B") + FILE;
    let records = read_all(file.as_bytes());
    let expected = "record 1, line 9: expected a name in '<' and '>' in the data header";
    assert_eq!(records[0].as_ref().unwrap_err(), expected);
    assert_eq!(records.iter().filter(|record| record.is_ok()).count(), 3);
    let records = read_all(b"t\n\n\n  0  0\nM  END\n\nstray\n$$$$\n");
    let expected = "record 1, line 7: expected a data header that begins with '>'";
    assert_eq!(records[0].as_ref().unwrap_err(), expected);
}

#[test]
fn headers_may_look_like_items() {
    let records = read_all(b"> <name>\n>\nM  END\n  0  0\nM  END\n> <A>\n1\n");
    let record = records[0].as_ref().unwrap();
    assert_eq!(record.title(), "> <name>");
    assert_eq!(properties(record), [("A".to_owned(), "1".to_owned())]);
}

#[test]
fn bytes_that_are_no_text() {
    let records = read_all(b"\xff\n\n\n  0  0\nM  END\n> <\xff>\n\x00\xff\n$$$$\n");
    assert_eq!(properties(records[0].as_ref().unwrap()), [("\u{fffd}".to_owned(), "\0\u{fffd}".to_owned())]);
}

#[test]
fn failing_input_ends_the_reading() {
    struct Failing;
    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    let mut reader = SdfReader::new(io::BufReader::new(Failing));
    assert_eq!(reader.read().unwrap_err().to_string(), "line 1: broken");
    assert!(reader.read().unwrap().is_none());
}
