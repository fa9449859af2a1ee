//! The stack machine that builds the values of a pickle.

use std::collections::HashMap;

use super::input::Input;
use super::{Id, Value, Values};

/// Longest pickle that is read. Weights are stored outside of it: real ones are below 100 KiB.
const MAX_BYTES: usize = 16 << 20;
/// Most instructions that are run, and so most values that are built.
const MAX_OPERATIONS: usize = 1_000_000;

/// A pickle that cannot be interpreted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PickleError {
    /// The stream ends in the middle of an instruction.
    #[error("pickle ends at byte {position}: {wanted} bytes wanted, {left} left")]
    Truncated {
        /// Where the missing bytes should start.
        position: usize,
        /// How many were needed.
        wanted: u64,
        /// How many there are.
        left: usize,
    },
    /// An instruction that model files do not need and that is not interpreted.
    #[error(
        "pickle instruction 0x{opcode:02x} at byte {position} is not accepted (only those that build data in protocols 2 to 5)"
    )]
    Opcode {
        /// Where it is.
        position: usize,
        /// Its first byte.
        opcode: u8,
    },
    /// An unknown protocol version.
    #[error("pickle protocol {version} is not supported; accepted: 2 to 5")]
    Protocol {
        /// The version in the stream.
        version: u8,
    },
    /// An instruction that makes no sense where it stands.
    #[error("pickle is damaged at byte {position}: {reason}")]
    Invalid {
        /// Where it is.
        position: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The pickle is larger than any model needs.
    #[error("pickle is too large: {what} above {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The most that is accepted.
        limit: usize,
    },
}

impl PickleError {
    /// Whether another program may understand the pickle.
    pub(crate) fn is_unsupported(&self) -> bool {
        matches!(self, Self::Opcode { .. } | Self::Protocol { .. })
    }
}

/// Interprets a pickle up to its STOP instruction.
///
/// # Errors
/// If it is truncated, damaged, too large, or uses an instruction that is not on the list.
pub fn parse(bytes: &[u8]) -> Result<Values, PickleError> {
    if bytes.len() > MAX_BYTES {
        return Err(PickleError::TooLarge { what: "bytes", limit: MAX_BYTES });
    }
    let mut machine = Machine {
        input: Input::new(bytes),
        start: 0,
        arena: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    for _ in 0..MAX_OPERATIONS {
        if let Some(root) = machine.step()? {
            return Ok(Values { arena: machine.arena, root });
        }
    }
    Err(PickleError::TooLarge { what: "instructions", limit: MAX_OPERATIONS })
}

struct Machine<'a> {
    input: Input<'a>,
    /// Position of the instruction being run.
    start: usize,
    arena: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack at each open MARK.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl Machine<'_> {
    /// Runs one instruction; gives the result after STOP.
    fn step(&mut self) -> Result<Option<Id>, PickleError> {
        self.start = self.input.position;
        let opcode = self.input.byte()?;
        match opcode {
            b'.' => return self.pop().map(Some),
            0x80 => {
                let version = self.input.byte()?;
                if !(2..=5).contains(&version) {
                    return Err(PickleError::Protocol { version });
                }
            }
            // FRAME: its length only helps readers of streams.
            0x95 => drop(self.input.array::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'N' | 0x88 | 0x89 | b'J' | b'K' | b'M' | 0x8a | 0x8b | b'G' => self.number(opcode)?,
            b'X' | 0x8c | 0x8d | b'U' | b'T' | b'C' | b'B' | 0x8e | 0x96 => self.string(opcode)?,
            b')' | b't' | 0x85 | 0x86 | 0x87 | b']' | b'l' | b'a' | b'e' => self.sequence(opcode)?,
            b'}' | b'd' | b's' | b'u' | 0x8f | 0x90 | 0x91 => self.mapping(opcode)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memo(opcode)?,
            b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'b' | b'Q' => self.object(opcode)?,
            _ => return Err(PickleError::Opcode { position: self.start, opcode }),
        }
        Ok(None)
    }

    fn number(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'J' => Value::Int(i32::from_le_bytes(self.input.array()?).into()),
            b'K' => Value::Int(self.input.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(self.input.array()?).into()),
            b'G' => Value::Float(f64::from_be_bytes(self.input.array()?)),
            0x8a => long(self.input.counted::<1>()?),
            _ => long(self.input.counted::<4>()?),
        };
        self.push(value);
        Ok(())
    }

    fn string(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'X' => Value::Text(self.input.text::<4>()?),
            0x8c => Value::Text(self.input.text::<1>()?),
            0x8d => Value::Text(self.input.text::<8>()?),
            // Byte strings of Python 2 and bytes: no model parameter is one.
            b'U' | b'C' => self.input.counted::<1>().map(|_| Value::Bytes)?,
            b'T' | b'B' => self.input.counted::<4>().map(|_| Value::Bytes)?,
            _ => self.input.counted::<8>().map(|_| Value::Bytes)?,
        };
        self.push(value);
        Ok(())
    }

    fn sequence(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b')' => self.push(Value::Tuple(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            0x85..=0x87 => {
                let mut items = vec![Id(0); usize::from(opcode - 0x84)];
                for item in items.iter_mut().rev() {
                    *item = self.pop()?;
                }
                self.push(Value::Tuple(items));
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items));
            }
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push(Value::List(items));
            }
            _ => {
                let items = if opcode == b'a' { vec![self.pop()?] } else { self.pop_to_mark()? };
                let top = self.top()?;
                match &mut self.arena[top.0 as usize] {
                    Value::List(list) => list.extend(items),
                    // A subclass of list, or a queue: never a model parameter.
                    Value::Object { .. } => {}
                    _ => return Err(self.invalid("items appended to something that is not a list")),
                }
            }
        }
        Ok(())
    }

    fn mapping(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'}' => self.push(Value::Dict(Vec::new())),
            b'd' => {
                let entries = self.pairs()?;
                self.push(Value::Dict(entries));
            }
            // No model parameter is a set: its members are dropped.
            0x8f => self.push(Value::Set),
            0x91 => {
                self.pop_to_mark()?;
                self.push(Value::Set);
            }
            0x90 => {
                self.pop_to_mark()?;
                let top = self.top()?;
                if !matches!(self.arena[top.0 as usize], Value::Set | Value::Object { .. }) {
                    return Err(self.invalid("members added to something that is not a set"));
                }
            }
            _ => {
                let new = if opcode == b's' {
                    let value = self.pop()?;
                    vec![(self.pop()?, value)]
                } else {
                    self.pairs()?
                };
                let top = self.top()?;
                match &mut self.arena[top.0 as usize] {
                    Value::Dict(entries) | Value::Object { entries, .. } => entries.extend(new),
                    _ => return Err(self.invalid("entries stored into something that is not a dictionary")),
                }
            }
        }
        Ok(())
    }

    fn memo(&mut self, opcode: u8) -> Result<(), PickleError> {
        let index = match opcode {
            b'q' | b'h' => self.input.byte()?.into(),
            b'r' | b'j' => u32::from_le_bytes(self.input.array()?),
            _ => u32::try_from(self.memo.len()).unwrap_or(u32::MAX),
        };
        if matches!(opcode, b'h' | b'j') {
            let Some(id) = self.memo.get(&index).copied() else {
                return Err(self.invalid("reference to a value that was not stored"));
            };
            self.stack.push(id);
        } else {
            let top = self.top()?;
            self.memo.insert(index, top);
        }
        Ok(())
    }

    fn object(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'c' => {
                let module = Value::Text(self.input.line()?);
                let name = Value::Text(self.input.line()?);
                let module = self.allocate(module);
                let name = self.allocate(name);
                self.push(Value::Global { module, name });
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                let is_text = |id: Id| matches!(self.arena[id.0 as usize], Value::Text(_));
                if !is_text(module) || !is_text(name) {
                    return Err(self.invalid("a class name that is not text"));
                }
                self.push(Value::Global { module, name });
            }
            b'R' | 0x81 | 0x92 => {
                if opcode == 0x92 {
                    // Keyword arguments: no class that matters takes any.
                    self.pop()?;
                }
                let arguments = self.pop()?;
                let class = self.pop()?;
                if !matches!(self.arena[arguments.0 as usize], Value::Tuple(_)) {
                    return Err(self.invalid("call arguments that are not a tuple"));
                }
                self.push(Value::Object { class, arguments, state: None, entries: Vec::new() });
            }
            b'b' => {
                let new = self.pop()?;
                let top = self.top()?;
                match &mut self.arena[top.0 as usize] {
                    Value::Object { state, .. } => *state = Some(new),
                    _ => return Err(self.invalid("state given to something that is not an object")),
                }
            }
            _ => {
                let key = self.pop()?;
                self.push(Value::Persistent(key));
            }
        }
        Ok(())
    }

    /// Adds a value to the arena. At most three a step, so that numbers fit in 32 bits.
    fn allocate(&mut self, value: Value) -> Id {
        let id = Id(self.arena.len() as u32);
        self.arena.push(value);
        id
    }

    fn push(&mut self, value: Value) {
        let id = self.allocate(value);
        self.stack.push(id);
    }

    /// Lowest height that instructions without MARK may pop to.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id, PickleError> {
        if self.stack.len() > self.floor()
            && let Some(id) = self.stack.pop()
        {
            return Ok(id);
        }
        Err(self.invalid("the stack is empty"))
    }

    fn top(&self) -> Result<Id, PickleError> {
        if self.stack.len() > self.floor()
            && let Some(id) = self.stack.last()
        {
            return Ok(*id);
        }
        Err(self.invalid("the stack is empty"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        match self.marks.pop() {
            // Not `split_off`, which may hand on the capacity of the whole stack.
            Some(mark) => Ok(self.stack.drain(mark..).collect()),
            None => Err(self.invalid("no mark on the stack")),
        }
    }

    fn pairs(&mut self) -> Result<Vec<(Id, Id)>, PickleError> {
        let items = self.pop_to_mark()?;
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(self.invalid("a key without a value"));
        };
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    }

    fn invalid(&self, reason: &'static str) -> PickleError {
        PickleError::Invalid { position: self.start, reason }
    }
}

/// A little-endian two's complement integer of any length.
fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::HugeInt;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut filled = [if negative { 0xff } else { 0 }; 8];
    filled[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(filled))
}
