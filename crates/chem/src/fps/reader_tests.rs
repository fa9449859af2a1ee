//! Files good and bad.

use super::*;
use crate::fps::{FpsHeader, FpsWriter};

/// Lines as read: name, or the message.
fn read(file: &[u8]) -> Result<Vec<Result<String, String>>, String> {
    let mut reader = FpsReader::new(file).map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    loop {
        match reader.read() {
            Ok(None) => return Ok(rows),
            Ok(Some(record)) => rows.push(Ok(String::from_utf8_lossy(record.name).into_owned())),
            Err(FpsError::Io { .. }) => panic!("no reading from memory fails"),
            Err(error) => rows.push(Err(error.to_string())),
        }
    }
}

#[test]
fn the_example_of_the_specification() {
    let file =
        b"#FPS1\r\n#num_bits=166\r\n#type=RDKit-MACCS166/2\r\n#software=RDKit/2018.03.1 chemfp/3.2.1\r\n\
        #source=a.smi\r\n#source=b c.smi\r\n#date=2018-05-15T15:18:48\r\n#made_by=hand\r\n\
        000000003000000001d414d91323915380f138ea1f\t58-08-2\r\n\
        00000000000000000002000000000404001410d61e\t15687-27-1\tfurther\r\n";
    let mut reader = FpsReader::new(&file[..]).unwrap();
    let header = reader.header().clone();
    assert_eq!((reader.bits(), header.kind.as_deref()), (166, Some("RDKit-MACCS166/2")));
    assert_eq!(header.sources, ["a.smi", "b c.smi"]);
    assert_eq!(header.others, [("made_by".to_owned(), "hand".to_owned())]);
    let first = reader.read().unwrap().unwrap();
    assert_eq!((first.name, first.line, first.words.len()), (&b"58-08-2"[..], 9, 3));
    assert_eq!(first.words[0], 0x30 << 32);
    let words = first.words.to_vec();
    assert_eq!(reader.read().unwrap().unwrap().name, b"15687-27-1");
    assert!(reader.read().unwrap().is_none() && reader.read().unwrap().is_none());

    let mut writer = FpsWriter::new(Vec::new(), &header).unwrap();
    writer.write(&words, b"58-08-2").unwrap();
    let text = String::from_utf8(writer.into_inner()).unwrap();
    let expected = String::from_utf8_lossy(file).replace("\r\n", "\n");
    assert_eq!(text, expected.split_once("\n0000000000").unwrap().0.to_owned() + "\n");
}

#[test]
fn without_a_header_the_first_line_tells_the_length() {
    assert_eq!(read(b"00ff\ta\nff\tb\n01FF\tc").unwrap()[0], Ok("a".into()));
    let rows = read(b"00ff\ta\nff\tb\n01FF\tc").unwrap();
    assert_eq!(rows[1], Err("line 2: expected 4 hexadecimal digits for 16 bits, found 2".into()));
    assert_eq!(rows[2], Ok("c".into()));
    assert_eq!(read(b"").unwrap(), []);
    assert_eq!(read(b"#FPS1\n#num_bits=8\n").unwrap(), []);
}

#[test]
fn bad_lines_are_reported_and_the_next_is_read() {
    let long = [b"#FPS1\n#num_bits=12\nab0\tshort\n", &b"a".repeat(3 << 20)[..], b"\nab0c\tgood\n"].concat();
    let rows = read(&long).unwrap();
    assert!(rows[0].as_ref().unwrap_err().starts_with("line 3: expected 4 hexadecimal digits"), "{rows:?}");
    assert_eq!(rows[1], Err("line 4: line longer than 1048576 bytes".into()));
    assert_eq!(rows[2..], [Ok("good".into())]);
    let cases: [(&[u8], &str); 6] = [
        (b"0g00\tx", "line 3: expected hexadecimal digits, found something else in column 1"),
        (b"0010\tx", "line 3: bits are set beyond the 12 of a fingerprint"),
        (b"0000", "line 3: expected a fingerprint, a tab and a name"),
        (b"0000\t", "line 3: expected a name behind the tab"),
        (b"", "line 3: expected a fingerprint, a tab and a name"),
        (b"#type=late", "line 3: expected a fingerprint, a tab and a name"),
    ];
    for (line, message) in cases {
        let header: &[u8] =
            if line.starts_with(b"#") { b"#num_bits=12\n000f\ta\n" } else { b"#FPS1\n#num_bits=12\n" };
        let rows = read(&[header, line, b"\n0000\tnext\n"].concat()).unwrap();
        let found = rows.len() - 2;
        assert_eq!(rows[found..], [Err(message.to_owned()), Ok("next".into())], "{}", line.escape_ascii());
    }
}

#[test]
fn files_that_are_none() {
    let cases: [(&[u8], &str); 8] = [
        (b"CCO ethanol\n", "line 1: is no FPS file"),
        (b"#FPS2\n", "line 1: another version of the format"),
        (b"#num_bits=8\n#FPS1\n", "line 2: #FPS1 must be the first line"),
        (b"#FPS1\n#num_bits=0\n", "line 2: num_bits: expected 1 to 1048576"),
        (b"#FPS1\n#num_bits=99999999999999999999\n", "line 2: num_bits"),
        (b"#FPS1\n#num_bits=8\n#num_bits=16\n", "line 3: num_bits is given twice"),
        (b"#FPS1\n#nothing\n", "line 2: expected '#key=value'"),
        (b"#FPS1\nabc\tx\n", "line 2: expected a fingerprint"),
    ];
    for (file, message) in cases {
        let error = read(file).unwrap_err();
        assert!(error.starts_with(message), "{}: {error}", file.escape_ascii());
    }
    assert!(read(&b"#a=b\n".repeat(20_000)).unwrap_err().contains("the header does not end"));
}

#[test]
fn a_writer_refuses_what_no_reader_takes() {
    let header = FpsHeader { bits: Some(12), ..FpsHeader::default() };
    let mut writer = FpsWriter::new(Vec::new(), &header).unwrap();
    assert!(writer.write(&[0xfff], b"a b").is_ok());
    for (words, name) in [(&[0x1000][..], &b"a"[..]), (&[0, 0], b"a"), (&[0], b""), (&[0], b"a\tb")] {
        assert_eq!(writer.write(words, name).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
    assert!(FpsWriter::new(Vec::new(), &FpsHeader::default()).is_err());
    let header = FpsHeader { kind: Some("a\nb".into()), ..header };
    assert!(FpsWriter::new(Vec::new(), &header).is_err());
}
