//! Entry points and includes as the text of a `.cu` file has them.
//!
//! Reads the one form that kernels of this project have, and refuses the rest with what is expected:
//! `extern "C" __global__ void __launch_bounds__(256) name(const u64 *bits, u32 *found, u64 rows) {`

use soyaku_device::{Parameter, Scalar};

/// One entry point.
#[derive(Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Its name.
    pub name: String,
    /// What `__launch_bounds__` says.
    pub threads: u32,
    /// In order.
    pub parameters: Vec<Parameter>,
}

/// The text without comments; strings do not occur but in `extern "C"`.
pub fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(start) = rest.find("//").into_iter().chain(rest.find("/*")).min() {
        code += &rest[..start];
        let end = if rest[start..].starts_with("//") { "\n" } else { "*/" };
        rest = rest[start + 2..].split_once(end).map_or("", |(_, after)| after);
        code.push(if end == "\n" { '\n' } else { ' ' });
    }
    code + rest
}

/// All entry points of a text.
pub fn entries(text: &str) -> Result<Vec<Declaration>, String> {
    let code = without_comments(text);
    let mut found = Vec::new();
    let mut before = "";
    for (index, part) in code.split("__global__").enumerate() {
        if index > 0 {
            if !before.trim_end().ends_with("extern \"C\"") {
                return Err(format!("expected extern \"C\" before __global__{}", first_line(part)));
            }
            found.push(declaration(part)?);
        }
        before = part;
    }
    Ok(found)
}

/// What follows `__global__`.
fn declaration(text: &str) -> Result<Declaration, String> {
    let wrong = |what: &str| format!("expected {what} in __global__{}", first_line(text));
    let rest = text.trim_start().strip_prefix("void").ok_or_else(|| wrong("void first"))?;
    let rest = rest.trim_start().strip_prefix("__launch_bounds__(");
    let (bounds, rest) =
        rest.and_then(|rest| rest.split_once(')')).ok_or_else(|| wrong("__launch_bounds__(THREADS)"))?;
    let threads = bounds.split(',').next().unwrap_or_default().trim();
    let threads = threads.parse().map_err(|_| wrong("a plain number of threads in __launch_bounds__"))?;
    let (name, rest) = rest.split_once('(').ok_or_else(|| wrong("parameters"))?;
    let (parameters, _) = rest.split_once(')').ok_or_else(|| wrong("parameters without parentheses"))?;
    let parameters = parameters.split(',').map(parameter).collect::<Result<_, _>>();
    let name = name.trim().to_owned();
    Ok(Declaration { parameters: parameters.map_err(|error| format!("{name}: {error}"))?, name, threads })
}

fn first_line(text: &str) -> &str {
    let line = text.trim_start_matches('\n').lines().next().unwrap_or_default();
    line.get(..100).unwrap_or(line)
}

fn parameter(text: &str) -> Result<Parameter, String> {
    let wrong =
        || format!("parameter '{}' is no value of, nor pointer to, a scalar type with a name", text.trim());
    let spaced = text.replace('*', " * ").replace("__restrict__", " ");
    let mut words: Vec<_> = spaced.split_whitespace().collect();
    let name = words.pop().ok_or_else(wrong)?;
    let constant = words.first() == Some(&"const");
    let pointer = words.last() == Some(&"*");
    let kind = words.get(usize::from(constant)..words.len() - usize::from(pointer)).ok_or_else(wrong)?;
    let scalar = scalar(&kind.join(" ")).ok_or_else(wrong)?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return Err(wrong());
    }
    Ok(match (pointer, constant) {
        (true, true) => Parameter::Input(scalar),
        (true, false) => Parameter::Output(scalar),
        (false, _) => Parameter::Value(scalar),
    })
}

fn scalar(name: &str) -> Option<Scalar> {
    Some(match name {
        "u8" | "unsigned char" => Scalar::U8,
        "u16" | "unsigned short" => Scalar::U16,
        "u32" | "unsigned int" | "unsigned" => Scalar::U32,
        "u64" | "unsigned long long" => Scalar::U64,
        "i32" | "int" => Scalar::I32,
        "float" => Scalar::F32,
        "double" => Scalar::F64,
        _ => return None,
    })
}

/// Names of included files, in order; `<name>` for those between angle brackets.
pub fn includes(text: &str) -> Vec<String> {
    let code = without_comments(text);
    let lines = code.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    lines
        .filter_map(|line| line.trim_start().strip_prefix("include"))
        .map(|name| name.trim().trim_matches('"').to_owned())
        .collect()
}
