//! What is compiled at once: a source without the entry points that are not needed.
//!
//! Most of a compilation is spent on the bodies of entry points, and a process seldom needs more than one of a source.
//! So each is compiled by itself, when it is first used; the entry points of a source have no variables in common.

use std::borrow::Cow;
use std::ops::Range;

use crate::Source;

/// A source, whole or with one of its entry points alone.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    /// Where it comes from: its headers, options and name are the unit's.
    pub source: &'a Source,
    /// What is compiled in place of the source's text. Lines keep their numbers.
    pub text: Cow<'a, str>,
}

impl Source {
    /// All of it.
    pub fn whole(&self) -> Unit<'_> {
        Unit { source: self, text: Cow::Borrowed(self.text) }
    }

    /// Without the definitions of other entry points than `entry`; all of it where it does not define that one.
    pub fn only(&self, entry: &str) -> Unit<'_> {
        let definitions = definitions(self.text);
        if !definitions.iter().any(|definition| definition.name == entry) {
            return self.whole();
        }
        let mut text = self.text.to_owned();
        for other in definitions.iter().rev().filter(|definition| definition.name != entry) {
            let lines = "\n".repeat(self.text[other.range.clone()].matches('\n').count());
            text.replace_range(other.range.clone(), &lines);
        }
        Unit { source: self, text: Cow::Owned(text) }
    }
}

/// An entry point as it stands in a text, from `extern` to the brace that ends its body.
struct Definition<'a> {
    name: &'a str,
    range: Range<usize>,
}

fn definitions(text: &str) -> Vec<Definition<'_>> {
    let code = without_comments(text);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&code, b"extern", from) {
        from = at + 1;
        let linkage = skip_space(&code, at + b"extern".len());
        if code[linkage..].starts_with(b"\"C\"")
            && let Some((name, end)) = read(&code, linkage + 3)
        {
            found.push(Definition { name: &text[name], range: at..end });
            from = end;
        }
    }
    found
}

/// Reads on from `extern "C"`: the range of the name and the end of the body, if this is an entry point with a body.
fn read(code: &[u8], mut at: usize) -> Option<(Range<usize>, usize)> {
    let (mut name, mut is_entry) = (0..0, false);
    loop {
        at = skip_space(code, at);
        match code.get(at)? {
            b'(' if code[name.clone()] == *b"__launch_bounds__" => at = skip_pair(code, at)?,
            b'(' if is_entry => break,
            byte if is_name(*byte) => {
                let end = at + code[at..].iter().position(|&byte| !is_name(byte))?;
                is_entry |= code[at..end] == *b"__global__";
                name = at..end;
                at = end;
            }
            _ => return None,
        }
    }
    let body = skip_space(code, skip_pair(code, at)?);
    (code.get(body) == Some(&b'{')).then_some(())?;
    Some((name, skip_pair(code, body)?))
}

/// The text with blanks for comments and for what is between quotes, except for `"C"`. Bytes keep their places.
fn without_comments(text: &str) -> Vec<u8> {
    let mut code = text.as_bytes().to_vec();
    let mut at = 0;
    while at < code.len() {
        let rest = &text.as_bytes()[at..];
        let quoted = match rest {
            [b'/', b'/', ..] => rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => find(rest, b"*/", 2).map_or(rest.len(), |end| end + 2),
            [b'"', b'C', b'"', ..] => {
                at += 3;
                continue;
            }
            // 1'000'000 holds no characters
            [b'\'', ..] if at > 0 && is_name(text.as_bytes()[at - 1]) => 0,
            [quote @ (b'"' | b'\''), ..] => quoted(rest, *quote),
            _ => 0,
        };
        code[at..at + quoted].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at += quoted.max(1);
    }
    code
}

/// Length of what stands between quotes, with them.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote && rest[at] != b'\n' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The place after the bracket that closes the one at `open`.
fn skip_pair(code: &[u8], open: usize) -> Option<usize> {
    let (opens, closes) = if code[open] == b'(' { (b'(', b')') } else { (b'{', b'}') };
    let mut depth = 0_usize;
    for (at, &byte) in code.iter().enumerate().skip(open) {
        depth += usize::from(byte == opens);
        depth -= usize::from(byte == closes);
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

fn skip_space(code: &[u8], at: usize) -> usize {
    at + code[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn find(code: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    code.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"// extern "C" __global__ void ghost(int) { }
extern "C" int helper(int);
/* } */ __device__ int twice(int x) { return 2 * x; }
const char *BRACE = "}\"{";
extern "C" __global__ void __launch_bounds__(64 * (1 + 1), 2)
    one(int *a,
        int b) {
    if (b > 1'000) { a[0] = '}'; }  // }
}
__device__ int thrice(int x) { return 3 * x; }
extern "C" __global__ void later(int *a);
extern "C" __global__ void two(int *a) { a[0] = thrice(1); /* } */ }
"#;

    fn source(text: &'static str) -> Source {
        Source { name: "t.cu", text, headers: &[], options: &[], specific: None, entries: &[] }
    }

    #[test]
    fn one_entry_point_and_everything_else() {
        let source = source(TEXT);
        let one = source.only("one");
        assert!(one.text.contains("a[0] = '}'") && !one.text.contains("void two"), "{}", one.text);
        let two = source.only("two");
        assert!(
            two.text.contains("a[0] = thrice(1)") && !two.text.contains("__launch_bounds__"),
            "{}",
            two.text
        );
        for unit in [&one, &two] {
            assert_eq!(unit.text.lines().count(), TEXT.lines().count());
            for kept in
                ["// extern \"C\" __global__ void ghost", "int twice", "BRACE", "thrice(int x)", "later"]
            {
                assert!(unit.text.contains(kept), "{kept}: {}", unit.text);
            }
        }
        assert_eq!(two.text.lines().position(|line| line.contains("void two")), Some(11));
    }

    #[test]
    fn what_is_not_understood_stays_whole() {
        for text in [
            TEXT,
            "",
            "extern",
            "extern \"C\"",
            "extern \"C\" __global__ void ghost(int",
            "extern \"C\" __global__ void ghost(int) {",
            "extern \"C\" { __global__ void ghost(int) {} }",
            "extern \"C\" __global__ void __launch_bounds__(",
            "/* extern \"C\" __global__ void ghost(int) {}",
            "\"",
            "'\\",
        ] {
            assert_eq!(source(text).only("ghost").text, text);
        }
    }
}
