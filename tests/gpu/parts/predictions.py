"""What was computed before anything was measured (docs/decisions), beside what came of it."""

# Operation, phase, decision, what it predicts in words, and the share of the bound that this is.
PREDICTED = [
    ("tanimoto_scan, 0.3 and more", "kernel", 5, "90 % of the probed copy bandwidth and more", 0.9),
    ("tanimoto_scan, top 10", "kernel", 5, "90 % of the probed copy bandwidth and more", 0.9),
    ("tanimoto_nearest", "end_to_end", 5, "70 % of the rate of popcounts, for many references", 0.7),
    ("tanimoto_many, top 10", "end_to_end", 7, "70 % of the rate of b1 matrix instructions, for a piece on the device", 0.7),
    ("tanimoto_many, count of 0.1 and more", "end_to_end", 7,
     "70 % of the rate of b1 matrix instructions, for a piece on the device", 0.7),
]


def outcomes(merged):
    """Rows of a table: work, decision, predicted, measured, measured by predicted."""
    rows = []
    for op, phase, decision, words, share in PREDICTED:
        found = [result for result in merged.find(op, phase) if result.get("roofline")]
        if found:
            got = found[-1]["roofline"]["fraction"]
            rows.append((op, str(decision), words, f"{got:.1%} of {found[-1]['roofline']['bound']}", f"{got / share:.2f}"))
        else:
            rows.append((op, str(decision), words, "not measured", "-"))
    return rows
