//! The few instructions of Python's pickle that plain values take: texts, numbers, lists, dictionaries. Nothing is
//! ever called; every other instruction ends the reading.

use serde_json::{Map, Number, Value};

/// Deepest nesting of lists and dictionaries.
const MAX_DEPTH: usize = 8;
/// Most values on the stack and in the memo.
const MAX_VALUES: usize = 100_000;
const TRUNCATED: &str = "a pickle is truncated";

/// Reads one pickled value.
///
/// # Errors
/// In words: the pickle breaks off, or holds something else than plain values.
pub(super) fn read(pickle: &[u8]) -> Result<Value, String> {
    let mut machine = Machine { rest: pickle, stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
    loop {
        if machine.stack.len() + machine.memo.len() > MAX_VALUES {
            return Err("a pickle has too many values".into());
        }
        if let Some(value) = machine.step()? {
            return Ok(value);
        }
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    /// Values with their depth.
    stack: Vec<(Value, usize)>,
    marks: Vec<usize>,
    /// What was put away: simple values alone are fetched again.
    memo: Vec<(u32, Option<Value>)>,
}

impl<'a> Machine<'a> {
    /// One instruction; the value at the end.
    fn step(&mut self) -> Result<Option<Value>, String> {
        let opcode = self.take(1)?[0];
        match opcode {
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'.' => return self.pop().map(|(value, _)| Some(value)),
            b'N' => self.push(Value::Null),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' | b'M' | b'J' => {
                let bytes = self.take(match opcode {
                    b'K' => 1,
                    b'M' => 2,
                    _ => 4,
                })?;
                let number = integer(bytes, opcode == b'J');
                self.push(number);
            }
            0x8a => {
                let bytes = self.sized(1)?;
                if bytes.len() > 8 {
                    return Err("a pickle has an integer of more than 64 bits".into());
                }
                let number = integer(bytes, true);
                self.push(number);
            }
            b'G' => {
                let bytes = self.take(8)?.first_chunk().copied().unwrap_or_default();
                self.push(Number::from_f64(f64::from_be_bytes(bytes)).map_or(Value::Null, Value::Number));
            }
            0x8c | b'U' => self.text(1)?,
            b'X' | b'T' => self.text(4)?,
            0x8d => self.text(8)?,
            b'}' => self.push(Value::Object(Map::new())),
            b']' | b')' => self.push(Value::Array(Vec::new())),
            b'(' => self.marks.push(self.stack.len()),
            b'a' | b'e' => {
                let items = if opcode == b'a' { vec![self.pop()?] } else { self.marked()? };
                self.extend(items)?;
            }
            b's' | b'u' => {
                let items = match opcode {
                    b'u' => self.marked()?,
                    _ => {
                        let value = self.pop()?;
                        vec![self.pop()?, value]
                    }
                };
                self.set(items)?;
            }
            b't' | 0x85..=0x87 => {
                let items = match opcode {
                    b't' => self.marked()?,
                    _ => {
                        let count = usize::from(opcode - 0x84);
                        let start = self.stack.len().checked_sub(count).ok_or(TRUNCATED)?;
                        self.stack.split_off(start)
                    }
                };
                self.push(Value::Array(Vec::new()));
                self.extend(items)?;
            }
            0x94 => {
                let number = self.memo.len() as u32;
                self.put(number)?;
            }
            b'q' | b'r' => {
                let number = self.memo_number(opcode == b'q')?;
                self.put(number)?;
            }
            b'h' | b'j' => {
                let number = self.memo_number(opcode == b'h')?;
                let found = self.memo.iter().rev().find(|(known, _)| *known == number);
                match found.and_then(|(_, value)| value.clone()) {
                    Some(value) => self.push(value),
                    None => return Err("a pickle repeats a list, or what it does not have".into()),
                }
            }
            other => {
                let reason = "expected only texts, numbers, lists and dictionaries";
                return Err(format!("a pickle has instruction {other:#04x}: {reason}"));
            }
        }
        Ok(None)
    }

    fn push(&mut self, value: Value) {
        self.stack.push((value, 0));
    }

    fn pop(&mut self) -> Result<(Value, usize), String> {
        self.stack.pop().ok_or_else(|| TRUNCATED.into())
    }

    /// What lies above the last mark.
    fn marked(&mut self) -> Result<Vec<(Value, usize)>, String> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or(TRUNCATED)?;
        Ok(self.stack.split_off(mark))
    }

    /// Adds items to the list on top.
    fn extend(&mut self, items: Vec<(Value, usize)>) -> Result<(), String> {
        let depth = nested(&items)?;
        match self.stack.last_mut() {
            Some((Value::Array(list), level)) => {
                *level = (*level).max(depth);
                list.extend(items.into_iter().map(|(value, _)| value));
                Ok(())
            }
            _ => Err("a pickle adds to what is no list".into()),
        }
    }

    /// Adds keys and values to the dictionary on top.
    fn set(&mut self, items: Vec<(Value, usize)>) -> Result<(), String> {
        let depth = nested(&items)?;
        let Some((Value::Object(map), level)) = self.stack.last_mut() else {
            return Err("a pickle adds to what is no dictionary".into());
        };
        *level = (*level).max(depth);
        let mut items = items.into_iter();
        while let Some((key, _)) = items.next() {
            let (Value::String(key), Some((value, _))) = (key, items.next()) else {
                return Err("a pickle has a dictionary whose keys are no texts".into());
            };
            map.insert(key, value);
        }
        Ok(())
    }

    fn put(&mut self, number: u32) -> Result<(), String> {
        let (value, _) = self.stack.last().ok_or(TRUNCATED)?;
        let is_simple = !matches!(value, Value::Array(_) | Value::Object(_));
        self.memo.push((number, is_simple.then(|| value.clone())));
        Ok(())
    }

    fn memo_number(&mut self, is_short: bool) -> Result<u32, String> {
        let bytes = self.take(if is_short { 1 } else { 4 })?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn text(&mut self, width: usize) -> Result<(), String> {
        let text = String::from_utf8_lossy(self.sized(width)?).into_owned();
        self.push(Value::String(text));
        Ok(())
    }

    /// Bytes whose number stands in front of them.
    fn sized(&mut self, width: usize) -> Result<&'a [u8], String> {
        let size = self.take(width)?.iter().rev().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
        self.take(usize::try_from(size).map_err(|_| TRUNCATED)?)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Depth of what holds these.
fn nested(items: &[(Value, usize)]) -> Result<usize, String> {
    let depth = items.iter().map(|(_, depth)| depth + 1).max().unwrap_or(0);
    if depth > MAX_DEPTH { Err("a pickle is nested too deeply".into()) } else { Ok(depth) }
}

/// A number of up to eight bytes, lowest first.
fn integer(bytes: &[u8], is_signed: bool) -> Value {
    let is_negative = is_signed && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = if is_negative { [0xff; 8] } else { [0; 8] };
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::from(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_wrote() {
        // pickle.dumps({'radius': 2, 'fpSize': 2048, 'x': [True, None, -1.5], 'y': (1, 'fpSize')}), protocols 2 and 5
        let second = b"\x80\x02}q\x00(X\x06\x00\x00\x00radiusq\x01K\x02X\x06\x00\x00\x00fpSizeq\x02M\x00\x08X\x01\
            \x00\x00\x00xq\x03]q\x04(\x88NG\xbf\xf8\x00\x00\x00\x00\x00\x00eX\x01\x00\x00\x00yq\x05K\x01h\x02\x86q\
            \x06u.";
        let fifth = b"\x80\x05\x95\x3a\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x06radius\x94K\x02\x8c\x06fpSize\x94M\x00\
            \x08\x8c\x01x\x94]\x94(\x88NG\xbf\xf8\x00\x00\x00\x00\x00\x00e\x8c\x01y\x94K\x01h\x02\x86\x94u.";
        let expected =
            serde_json::json!({ "radius": 2, "fpSize": 2048, "x": [true, null, -1.5], "y": [1, "fpSize"] });
        assert_eq!(read(second).unwrap(), expected);
        assert_eq!(read(fifth).unwrap(), expected);
        for end in 0..fifth.len() {
            assert!(read(&fifth[..end]).is_err());
        }
    }

    #[test]
    fn nothing_else_is_read() {
        // pickle.dumps(print), and a call
        assert!(read(b"\x80\x02c__builtin__\nprint\nq\x00.").unwrap_err().contains("instruction 0x63"));
        assert!(read(b"\x80\x02}R.").unwrap_err().contains("instruction 0x52"));
        assert!(read(&[b"(".repeat(100_000), b"t".repeat(100_000), b".".to_vec()].concat()).is_err());
        assert!(read(&[&b")"[..], &b"\x85".repeat(50), b"."].concat()).unwrap_err().contains("too deeply"));
        // a list that is fetched again and again grows without end
        assert!(read(b"]\x94h\x00h\x00\x86.").unwrap_err().contains("repeats a list"));
        assert!(read(&b"N".repeat(200_000)).unwrap_err().contains("too many values"));
        assert!(read(b"").is_err() && read(b".").is_err() && read(b"K\x01a.").is_err());
    }
}
