//! Pickles built by hand: what is accepted, and what hostile ones do.

use super::*;

/// A pickle of protocol 2 with this body.
fn pickle(body: &[u8]) -> Vec<u8> {
    [b"\x80\x02", body, b"."].concat()
}

fn parsed(body: &[u8]) -> Values {
    parse(&pickle(body)).unwrap()
}

fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &u32::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat()
}

#[test]
fn plain_values() {
    // (None, True, -2, 300, 2.5, 'é', (1,))
    let body =
        [b"(N\x88J\xfe\xff\xff\xffM\x2c\x01G\x40\x04\0\0\0\0\0\0".as_slice(), &text("é"), b"K\x01\x85t"]
            .concat();
    let values = parsed(&body);
    let items = values.items(values.root()).unwrap();
    assert!(matches!(values.get(items[0]), Value::None));
    assert!(matches!(values.get(items[1]), Value::Bool(true)));
    assert_eq!(values.integer(items[2]), Some(-2));
    assert_eq!(values.integer(items[3]), Some(300));
    assert!(matches!(values.get(items[4]), Value::Float(2.5)));
    assert_eq!(values.text(items[5]), Some("é"));
    assert_eq!(values.integer(values.items(items[6]).unwrap()[0]), Some(1));
}

#[test]
fn long_integers() {
    for (bytes, value) in [
        (b"\x8a\x00".as_slice(), Some(0)),
        (b"\x8a\x01\xff", Some(-1)),
        (b"\x8a\x02\x00\x80", Some(-32768)),
        (b"\x8b\x03\0\0\0\x00\x00\x01", Some(65536)),
        (b"\x8a\x09\0\0\0\0\0\0\0\0\x01", None),
    ] {
        let values = parsed(bytes);
        assert_eq!(values.integer(values.root()), value, "{bytes:02x?}");
    }
}

#[test]
fn dictionaries_objects_and_attributes() {
    // OrderedDict() filled with two entries, one key twice; then an object with attributes.
    let ordered =
        [b"ccollections\nOrderedDict\n)R(".as_slice(), &text("a"), b"K\x01", &text("a"), b"K\x02u"].concat();
    let values = parsed(&ordered);
    let entry = values.entry(values.root(), "a").unwrap();
    assert_eq!(values.integer(entry), Some(2), "the last value of a key counts");
    assert_eq!(values.object(values.root()).unwrap().0, ("collections", "OrderedDict"));

    let module =
        [b"ctorch.nn.modules.activation\nELU\n)\x81}".as_slice(), &text("alpha"), b"K\x03sb"].concat();
    let values = parsed(&module);
    assert_eq!(values.integer(values.attribute(values.root(), "alpha").unwrap()), Some(3));
    assert!(values.attribute(values.root(), "beta").is_none());
}

#[test]
fn unknown_classes_stay_inert() {
    let values = parsed(&[b"cos\nsystem\n".as_slice(), &text("touch /tmp/executed"), b"\x85R"].concat());
    let ((module, name), arguments) = values.object(values.root()).unwrap();
    assert_eq!((module, name), ("os", "system"));
    assert_eq!(values.text(arguments[0]), Some("touch /tmp/executed"));
    assert_eq!(values.describe(values.root()), "an object of class `os.system`");
}

#[test]
fn names_of_protocol_4() {
    let values = parsed(b"\x95\x10\0\0\0\0\0\0\0\x8c\x01m\x94\x8c\x01n\x94\x93\x94");
    assert_eq!(values.global(values.root()), Some(("m", "n")));
}

#[test]
fn values_may_contain_themselves() {
    // l = []; l.append(l)
    let values = parsed(b"]q\x00h\x00a");
    let root = values.root();
    assert_eq!(values.items(root), Some([root].as_slice()));
    assert_eq!(values.describe(root), "a list of 1");
}

#[test]
fn deep_nesting_needs_no_deep_stack() {
    let depth = 400_000;
    let values = parsed(&[vec![b'N'], vec![0x85; depth]].concat());
    let mut id = values.root();
    for _ in 0..depth {
        id = values.items(id).unwrap()[0];
    }
    assert!(matches!(values.get(id), Value::None));
    drop(values);
}

#[test]
fn repeated_doubling_stays_small() {
    // A billion laughs: each tuple holds the one before twice. 100 levels would be 2^100 values.
    let values = parsed(&[b"N".as_slice(), &b"2\x86".repeat(100)].concat());
    assert_eq!(values.items(values.root()).unwrap().len(), 2);
    assert!(values.arena.len() < 200);
}

#[test]
fn tuples_do_not_keep_the_capacity_of_the_stack() {
    let body = [vec![b'N'; 100_000], vec![b'0'; 100_000], b"(t0".repeat(1000), vec![b'N']].concat();
    let values = parsed(&body);
    let kept: usize =
        values.arena.iter().map(|v| if let Value::Tuple(items) = v { items.capacity() } else { 0 }).sum();
    assert!(kept < 10_000, "{kept}");
}

#[test]
fn refuses_what_it_does_not_interpret() {
    // Text opcodes of protocol 0, INST, OBJ, extension registry, out-of-band buffers.
    for opcode in
        [b'I', b'S', b'V', b'F', b'L', b'i', b'o', b'P', b'g', b'p', 0x82, 0x83, 0x84, 0x97, 0x98, 0xff]
    {
        let error = parse(&pickle(&[opcode])).unwrap_err();
        assert_eq!(error, PickleError::Opcode { position: 2, opcode });
        assert!(error.is_unsupported());
    }
    assert_eq!(parse(b"\x80\x06N.").unwrap_err(), PickleError::Protocol { version: 6 });
}

#[test]
fn declared_lengths_allocate_nothing() {
    for body in [
        b"X\xff\xff\xff\xffabc".as_slice(),
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x8b\xff\xff\xff\x7f",
        b"\x96\x00\x00\x00\x00\x01\x00\x00\x00",
    ] {
        assert!(matches!(parse(&pickle(body)), Err(PickleError::Truncated { .. })), "{body:02x?}");
    }
}

#[test]
fn huge_memo_numbers_are_sparse() {
    let values = parsed(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff");
    assert!(matches!(values.get(values.root()), Value::None));
}

#[test]
fn endless_input_is_refused() {
    let error = parse(&[b"N0".repeat(2_000_000).as_slice(), b"N."].concat()).unwrap_err();
    assert!(matches!(error, PickleError::TooLarge { what: "instructions", .. }), "{error}");
    let error = parse(&vec![b'N'; (16 << 20) + 1]).unwrap_err();
    assert!(matches!(error, PickleError::TooLarge { what: "bytes", .. }), "{error}");
}

#[test]
fn nonsense_is_damage() {
    for body in [
        b"".as_slice(),
        b"0",
        b"(0",
        b"t",
        b"h\x05",
        b"q\x05",
        b"Na",
        b"NNNs",
        b"(Nd",
        b"NNb",
        b"NNR",
        b"NN\x93",
        b"NNN\x92",
        b"X\x02\0\0\0\xc3(",
        b"N(N\x90",
        b"N(\x91\x90",
        b"2",
    ] {
        let error = parse(&pickle(body)).unwrap_err();
        assert!(matches!(error, PickleError::Invalid { .. }), "{body:02x?}: {error}");
        assert!(!error.is_unsupported());
    }
}

#[test]
fn every_truncation_is_noticed() {
    let whole = pickle(&[b"cm\nn\n(}".as_slice(), &text("key"), b"\x8a\x02\x01\x02sK\x01tR"].concat());
    assert!(parse(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(parse(&whole[..end]).is_err(), "{end}");
    }
}

#[test]
fn every_changed_byte_is_survived() {
    let whole = pickle(&[b"cm\nn\n(}q\x01".as_slice(), &text("key"), b"\x8a\x02\x01\x02sh\x01tR"].concat());
    for position in 0..whole.len() {
        for byte in 0..=255 {
            let mut changed = whole.clone();
            changed[position] = byte;
            if let Ok(values) = parse(&changed) {
                let _ = (
                    values.describe(values.root()),
                    values.entry(values.root(), "key"),
                    values.object(values.root()),
                );
            }
        }
    }
}
