"""What is wanted on an H100, and whether it was reached: each aim finds its measurement and says what is missing."""

import re

# Sizes that an aim is about; a smaller run does not answer it.
RESIDENT_ROWS = 100_000_000
ALL_PAIRS_ROWS = 1_900_000
BUTINA_ROWS = 100_000
FIRST_ROWS = 1_000_000
MANY_ROWS = 1_000_000
SCAN_SHARE = 0.8
MANY_PAIRS = 1e12
MANY_TIMES_PEER = 5.0
ALL_PAIRS_SECONDS = 5.0
FIRST_COLD_SECONDS = 1.0
FIRST_WARM_SECONDS = 0.3

NVMOLKIT = re.compile("nvmolkit", re.I)


class Outcome:
    """`reached` is None where nothing was measured that answers it."""

    def __init__(self, aim, wanted, measured, reached, stands_between):
        self.aim, self.wanted, self.measured = aim, wanted, measured
        self.reached, self.stands_between = reached, stands_between

    @property
    def word(self):
        return {True: "reached", False: "not reached", None: "not measured"}[self.reached]


def unmeasured(aim, wanted, why="no result"):
    return Outcome(aim, wanted, "-", None, why)


def all_aims(merged):
    return [scan(merged), *many(merged), all_pairs(merged), butina(merged), *first_answers(merged)]


def right(result):
    """Whether its answers were compared, and none differed."""
    check = result.get("check")
    return check is None or (check["mismatches"] == 0 and check["compared"] > 0)


def scan(merged):
    aim = "one query x 100 million 2,048-bit fingerprints resident"
    wanted = f"{SCAN_SHARE:.0%} of the probed copy bandwidth"
    found = merged.find("tanimoto_scan, 0.3 and more", "kernel")
    if not found or not found[-1].get("roofline"):
        return unmeasured(aim, wanted)
    result = found[-1]
    share, floor = result["roofline"]["fraction"], result["roofline"]["fraction"] * result["median_s"]
    measured = f"{share:.1%}, {result['median_s'] * 1e3:.2f} ms"
    between = f"floor {floor * 1e3:.2f} ms (bytes that must be read at the probed rate); {(result['median_s'] - floor) * 1e3:.2f} ms above it"
    return judged(aim, wanted, measured, result, RESIDENT_ROWS, share >= SCAN_SHARE, between)


def many(merged):
    aim = "many x many, fused top-k"
    wanted = (f"{MANY_PAIRS:.0e} pairs/s", f"{MANY_TIMES_PEER:.0f}x nvMolKit")
    found = merged.find("tanimoto_many, top 10", "end_to_end")
    if found:
        result = found[-1]
        rate, roofline = result["items_per_s"], result.get("roofline")
        between = parts_of(merged, result)
        if roofline:
            floor = roofline["fraction"] * result["median_s"]
            between = f"floor {floor:.3f} s ({roofline['bound']}); {between}"
        speed = judged(aim, wanted[0], f"{rate:.2e} pairs/s ({result['median_s']:.3f} s)", result, MANY_ROWS, rate >= MANY_PAIRS, between)
    else:
        speed = unmeasured(aim, wanted[0])
    pairs = beside_nvmolkit(merged, "tanimoto_many, top")
    if not pairs:
        return [speed, unmeasured(aim, wanted[1], "no comparison with nvMolKit of the same sizes and input")]
    # Like beside like, where there is such a pair: a whole process has more to do than a call. The largest input counts.
    alike = [pair for pair in pairs if pair.own["phase"] == pair.peer["phase"]] or pairs
    pair = max(alike, key=lambda pair: pair.own["items"])
    others = "; ".join(f"{other.words} {other.ratio:.1f}x" for other in pairs if other is not pair)
    wrong = not right(pair.own) or not right(pair.peer)
    between = f"{pair.words}{'; ' + others if others else ''}"
    reached = pair.ratio >= MANY_TIMES_PEER and not wrong
    return [speed, Outcome(aim, wanted[1], f"{pair.ratio:.1f}x{', WRONG ANSWERS' if wrong else ''}", reached, between)]


class Pair:
    """Ours and a peer's time of the same work."""

    def __init__(self, own, peer, ratio):
        self.own, self.peer, self.ratio = own, peer, ratio
        sizes = ", ".join(f"{name} {value}" for name, value in own["params"].items())
        self.words = f"{own['phase']} {own['median_s']:.4g} s beside {peer['tool']} {peer['phase']} {peer['median_s']:.4g} s ({sizes})"


def beside_nvmolkit(merged, op):
    """Comparisons of the same sizes, input and definition, on the GPU, of operations whose names begin so."""
    found = []
    for (baseline, candidate), pair in merged.comparisons.items():
        peer, own = merged.results.get(baseline), merged.results.get(candidate)
        fair = all(pair.get(f"same_{what}", True) for what in ("sizes", "input", "definition"))
        if peer and own and fair and NVMOLKIT.search(str(peer.get("tool"))) and own["op"].startswith(op) \
                and str(own["device"]).startswith("cuda"):
            found.append(Pair(own, peer, pair["speedup_median"]))
    return found


def parts_of(merged, result):
    """Where its time goes, as far as it was taken apart."""
    parts = []
    for phase in ("prepare", "compare", "finish"):
        same = [part for part in merged.find(result["op"], phase) if part["params"] == result["params"]]
        if same:
            parts.append(f"{phase} {same[-1]['median_s']:.3f} s")
    return ", ".join(parts) or "not taken apart"


def all_pairs(merged):
    aim, wanted = "all pairs of 1.9 million at 0.7", f"< {ALL_PAIRS_SECONDS:.0f} s"
    return whole_process(merged, aim, wanted, "program_all_pairs", ALL_PAIRS_ROWS, ALL_PAIRS_SECONDS)


def whole_process(merged, aim, wanted, op, least_rows, limit):
    found = merged.find(op, "process")
    if not found:
        return unmeasured(aim, wanted)
    result = found[-1]
    seconds = result["median_s"]
    inside = [part for part in merged.find(op, "search") if part["params"] == result["params"]]
    between = f"the process as a whole; {inside[-1]['median_s']:.3f} s of it searching" if inside else "the process as a whole"
    return judged(aim, wanted, f"{seconds:.3f} s", result, least_rows, seconds < limit, between)


def butina(merged):
    aim, wanted = "Butina of 100,000", "faster than nvMolKit's fused version, same clusters"
    # The definition of the fused version.
    own = merged.find("program_butina, counted anew", "process")
    seconds = f"our whole process {own[-1]['median_s']:.3f} s" if own else "our process was not timed"
    # The fused version is the one that can do so many: the other one holds the matrix.
    pairs = [pair for pair in beside_nvmolkit(merged, "butina") if pair.own["params"].get("rows", 0) >= BUTINA_ROWS]
    if not pairs:
        return unmeasured(aim, wanted, f"no comparison with nvMolKit's fused version; {seconds}")
    # The one in which we gain least.
    pair = min(pairs, key=lambda pair: pair.ratio)
    with_ours = pair.peer.get("with_ours")
    if not with_ours:
        return Outcome(aim, wanted, f"{pair.ratio:.2f}x, clusters not compared", None, f"{pair.words}; {seconds}")
    alike, compounds = with_ours["in_the_same_cluster"], with_ours["compounds"]
    wrong = "" if right(pair.own) else ", WRONG ANSWERS"
    measured = f"{pair.ratio:.2f}x, {alike:,} of {compounds:,} in the same cluster{wrong}"
    reached = pair.ratio > 1 and alike == compounds and not wrong
    return Outcome(aim, wanted, measured, reached, f"{pair.words}; {seconds}")


def first_answers(merged):
    aim = "first answer of a cold process (`similar`, 1 million rows)"
    for name, word, limit in [("kernels to compile", "no kernel cached", FIRST_COLD_SECONDS),
                              ("kernels cached", "warm kernel cache", FIRST_WARM_SECONDS)]:
        op = f"program_first_answer, {name}"
        yield whole_process(merged, f"{aim}, {word}", f"< {limit:g} s", op, FIRST_ROWS, limit)


def judged(aim, wanted, measured, result, least_rows, reached, between):
    if not right(result):
        return Outcome(aim, wanted, f"{measured}, WRONG ANSWERS", False, "the answers differ from the CPU's")
    rows = result["params"].get("rows", 0)
    if rows < least_rows:
        return Outcome(aim, wanted, f"{measured} of {rows:,} rows", None, f"not the {least_rows:,} rows of the aim")
    return Outcome(aim, wanted, measured, reached, between)
