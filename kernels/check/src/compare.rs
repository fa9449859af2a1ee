//! What changed since the committed table, and what may never be.

use crate::promises::Allowed;
use crate::record::Record;
use crate::resources::Resources;
use crate::{Finding, resources::Key};

/// Every number that differs between the `committed` table and the one `measured` now.
pub fn changes(committed: &Record, measured: &Record) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, after) in measured {
        match committed.get(key) {
            None => findings.push(Finding::New(key.clone())),
            Some(before) => findings.extend(differences(key, before, after)),
        }
    }
    let gone = committed.keys().filter(|key| !measured.contains_key(key));
    findings.extend(gone.cloned().map(Finding::Gone));
    findings
}

fn differences(key: &Key, before: &Resources, after: &Resources) -> Vec<Finding> {
    let numbers = Resources::NAMES.into_iter().zip(before.values().into_iter().zip(after.values()));
    numbers
        .filter(|(_, (before, after))| before != after)
        .map(|(what, (before, after))| {
            let key = key.clone();
            if after > before {
                Finding::Grew { key, what, before, after }
            } else {
                Finding::Shrank { key, what, before, after }
            }
        })
        .collect()
}

/// Spills and stack that no allowance covers, and allowances that cover nothing.
pub fn local_memory(measured: &Record, allowed: &[Allowed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = vec![false; allowed.len()];
    for (key, resources) in measured {
        let mut stack = 0;
        let mut spill = 0;
        for (allowance, used) in allowed.iter().zip(&mut used) {
            if allowance.covers(key) {
                stack = stack.max(allowance.stack);
                spill = spill.max(allowance.spill);
                *used |= resources.stack > 0 || resources.spill_stores > 0 || resources.spill_loads > 0;
            }
        }
        let Resources { spill_stores: stores, spill_loads: loads, stack: bytes, .. } = *resources;
        if stores.max(loads) > spill {
            findings.push(Finding::Spills { key: key.clone(), stores, loads });
        }
        // Spilled registers lie in the stack frame: one complaint is enough.
        else if bytes > stack.max(spill) {
            findings.push(Finding::Stack { key: key.clone(), bytes });
        }
    }
    let needless = allowed.iter().zip(used).filter(|(_, used)| !used);
    findings
        .extend(needless.map(|(allowance, _)| Finding::NeedlessAllowance { entry: allowance.entry.clone() }));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(architecture: &str) -> Key {
        Key {
            source: "a/a.cu".into(),
            entry: "scan".into(),
            compiler: "12.9".into(),
            architecture: architecture.into(),
        }
    }

    fn record(rows: &[(&str, Resources)]) -> Record {
        rows.iter().map(|(architecture, resources)| (key(architecture), *resources)).collect()
    }

    const PLAIN: Resources = Resources {
        registers: 32,
        shared: 256,
        constant: 400,
        barriers: 1,
        stack: 0,
        spill_stores: 0,
        spill_loads: 0,
    };

    #[test]
    fn growth_names_entry_architecture_numbers_and_command() {
        let committed = record(&[("sm_80", PLAIN), ("sm_90", PLAIN)]);
        let measured =
            record(&[("sm_80", PLAIN), ("sm_90", Resources { registers: 40, shared: 128, ..PLAIN })]);
        let findings: Vec<_> = changes(&committed, &measured).iter().map(Finding::to_string).collect();
        assert_eq!(
            findings,
            [
                "scan (a/a.cu) on sm_90 by NVRTC 12.9: registers grew from 32 to 40; accept it with: make kernels \
                 ACCEPT=1",
                "scan (a/a.cu) on sm_90 by NVRTC 12.9: shared shrank from 256 to 128; accept it with: make kernels \
                 ACCEPT=1",
            ]
        );
        assert_eq!(changes(&committed, &committed), []);
    }

    #[test]
    fn lines_too_many_and_too_few() {
        let committed = record(&[("sm_80", PLAIN)]);
        let measured = record(&[("sm_90", PLAIN)]);
        assert_eq!(changes(&committed, &measured), [Finding::New(key("sm_90")), Finding::Gone(key("sm_80"))]);
    }

    #[test]
    fn local_memory_is_never_accepted_but_may_be_allowed() {
        let spilling = Resources { stack: 24, spill_stores: 16, spill_loads: 20, ..PLAIN };
        let stacked = Resources { stack: 128, ..PLAIN };
        let measured = record(&[("sm_70", spilling), ("sm_80", PLAIN), ("sm_90", stacked)]);
        let findings = local_memory(&measured, &[]);
        let expected = [
            Finding::Spills { key: key("sm_70"), stores: 16, loads: 20 },
            Finding::Stack { key: key("sm_90"), bytes: 128 },
        ];
        assert_eq!(findings, expected);

        let allowed = |architecture: &str, stack, spill| Allowed {
            entry: "scan".into(),
            architectures: vec![architecture.into()],
            stack,
            spill,
            reason: "measured to be faster".into(),
        };
        assert_eq!(local_memory(&measured, &[allowed("sm_70", 24, 20), allowed("sm_90", 128, 0)]), []);
        // Allowed, but not that much; and one that is needed nowhere.
        assert_eq!(local_memory(&measured, &[allowed("sm_70", 24, 16), allowed("sm_90", 120, 0)]), expected);
        let findings = local_memory(&record(&[("sm_80", PLAIN)]), &[allowed("sm_80", 8, 0)]);
        assert_eq!(findings, [Finding::NeedlessAllowance { entry: "scan".into() }]);
    }
}
