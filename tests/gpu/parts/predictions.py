"""What was computed before anything was measured (docs/decisions), beside what came of it."""

SCAN = "90 % of the probed copy bandwidth and more"
MATRIX = "70 % of the rate of b1 matrix instructions, for a piece on the device"

# Operation, phase, decision, what it predicts in words; the share of the bound that this is, or seconds; which sizes.
PREDICTED = [
    ("tanimoto_scan, 0.3 and more", "kernel", 5, SCAN, {"share": 0.9}, {}),
    ("tanimoto_scan, top 10", "kernel", 5, SCAN, {"share": 0.9}, {}),
    ("tanimoto_nearest", "end_to_end", 5, "70 % of the rate of popcounts, for many references", {"share": 0.7}, {}),
    ("tanimoto_many, top 10", "end_to_end", 7, MATRIX, {"share": 0.7}, {}),
    ("tanimoto_many, count of 0.1 and more", "end_to_end", 7, MATRIX, {"share": 0.7}, {}),
    ("tanimoto_engine, matrix", "end_to_end", 7, MATRIX, {"share": 0.7}, {"set_bits": 45}),
    ("tanimoto_engine, planes", "end_to_end", 9, "two thirds to three quarters of the rate of logical operations, for a "
     "piece on the device", {"share": 0.67}, {"set_bits": 45}),
    ("program_all_pairs", "process", 10, "2.6 s on the device, and the host's part", {"seconds": 2.6}, {}),
]


def outcomes(merged):
    """Rows of a table: work, decision, predicted in words and as time, measured, measured by predicted time."""
    return [row(merged, *prediction) for prediction in PREDICTED]


def row(merged, op, phase, decision, words, how, sizes):
    found = [
        result for result in merged.find(op, phase)
        if all(result["params"].get(name) == value for name, value in sizes.items())
        and ("seconds" in how or result.get("roofline"))
    ]
    if not found:
        return (op, decision, words, "-", "not measured", "-")
    result = found[-1]
    seconds, got = result["median_s"], f"{result['median_s']:.4g} s"
    if "seconds" in how:
        predicted = how["seconds"]
    else:
        fraction = result["roofline"]["fraction"]
        predicted = seconds * fraction / how["share"]
        got += f", {fraction:.1%} of {result['roofline']['bound']}"
    return (op, decision, words, f"{predicted:.4g} s", got, f"{seconds / predicted:.2f}")
