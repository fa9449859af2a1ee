"""The page: aims reached and not, what is refused."""

import json
import os
import tempfile
import unittest
from argparse import Namespace

from . import page
from .aims import all_aims
from .merged import Merged, Refused
from .recorder import FAILED, PASSED, SCHEMA

H100 = "NVIDIA H100 80GB HBM3"


def result(op, phase, params, seconds, items, device="cuda:0", **more):
    sizes = ",".join(f"{name}={value}" for name, value in params.items())
    identity = "/".join(filter(None, [op, device, phase, sizes, more.get("tool")]))
    return {
        "id": identity, "op": op, "device": device, "params": params, "phase": phase, "samples_s": [seconds],
        "median_s": seconds, "mad_s": 0.0, "items": items, "item": "pairs", "items_per_s": items / seconds, **more,
    }


def whole_run(name=H100, **more):
    """One in which every aim is reached."""
    roofline = {"bound": "copy_bytes_per_s", "amount": 1.0, "fraction": 0.9}
    check = {"compared": 10, "mismatches": 0}
    many = {"rows": 1_000_000, "queries": 20_000, "bits": 2048}
    butina = {"rows": 100_000, "bits": 2048}
    results = [
        result("tanimoto_scan, 0.3 and more", "kernel", {"rows": 100_000_000}, 0.009, 10**8, roofline=roofline, check=check),
        result("tanimoto_many, top 10", "end_to_end", many, 0.01, 2 * 10**10, check=check,
               roofline={**roofline, "bound": "b1_bit_pairs_per_s"}),
        result("tanimoto_many, top 10", "compare", many, 0.009, 2 * 10**10),
        *(result(f"tanimoto_engine, {name}", "end_to_end", {"rows": 10, "queries": 5, "set_bits": 45}, seconds, 50,
                 roofline={"bound": "logic3_per_s", "amount": 1.0, "fraction": 0.335})
          for name, seconds in (("matrix", 2.0), ("planes", 1.0))),
        result("program_all_pairs", "process", {"rows": 1_936_962}, 3.0, 10**12),
        result("program_butina, counted anew", "process", {"rows": 100_000}, 0.5, 10**10),
        result("program_butina", "process", {"rows": 100_000}, 0.4, 10**10),
        result("program_first_answer, kernels to compile", "process", {"rows": 1_000_000}, 0.9, 10**6),
        result("program_first_answer, kernels cached", "process", {"rows": 1_000_000}, 0.2, 10**6,
               timeline=[{"s": 0.1234, "message": "computing on a | GPU"}],
               stages=[{"stage": "library opened", "began": 0.0, "ended": 0.05}]),
    ]
    peers = [
        result("tanimoto_many, top 10", "end_to_end", many, 0.1, 2 * 10**10, tool="nvMolKit 0.6.0", input="synthetic:v1"),
        result("butina, 0.7 and more", "end_to_end", butina, 1.0, 10**5, tool="nvMolKit 0.6.0",
               recount=True, with_ours={"in_the_same_cluster": 100_000, "compounds": 100_000}),
        result("butina, 0.7 and more", "program", butina, 0.5, 10**5, tool="soyaku", recount=True),
        {"id": "broken/nvMolKit", "tool": "nvMolKit 0.6.0", "op": "broken", "error": "out of memory"},
    ]
    pairs = [{"baseline": peers[1]["id"], "candidate": peers[2]["id"], "same_sizes": True, "same_input": True,
              "same_definition": True, "speedup_median": 2.0}]
    return {
        "schema": SCHEMA, "part": "speed", "commit": "abc1234", "date": "2026-11-23 00:00 UTC",
        "command": "tests/gpu/run", "quick": False, "emulated": False, "seconds": 1,
        "machine": {"devices": [{"name": name}], "driver": "580.1", "driver_cuda": "13.0", "nvrtc": "13.0",
                    "cpu": "some | CPU", "cores": 16, "memory_bytes": 1 << 37, "nvidia_smi": None},
        "steps": [{"name": "a", "result": PASSED, "detail": "(3 passed)", "seconds": 1.0}], "results": [],
        "comparisons": [],
        "reports": [
            {"schema": "soyaku.bench/1", "tool": {"name": "soyaku"}, "devices": [{"name": name}],
             "settings": {"data": "synthetic:v1"}, "peaks": {"copy_bytes_per_s": 3e12}, "results": results, "comparisons": []},
            {"schema": "soyaku.bench/1", "tool": {"name": "peers-similarity"}, "devices": [f"{name}, 580.1"],
             "results": peers, "comparisons": pairs},
        ],
        **more,
    }


class Page(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, run, name="speed.json"):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            json.dump(run, file)

    def merged(self, run):
        self.write(run)
        return Merged([self.folder])

    def words(self, run):
        return [outcome.word for outcome in all_aims(self.merged(run))]

    def make(self, test=False, path=None):
        return page.main(Namespace(report=[self.folder], page=path or os.path.join(self.folder, "page.md"), test=test))

    def text(self):
        with open(os.path.join(self.folder, "page.md"), encoding="utf-8") as file:
            return file.read()

    def test_all_is_reached(self):
        outcomes = all_aims(self.merged(whole_run()))
        self.assertEqual([outcome.word for outcome in outcomes], ["reached"] * 7, [vars(o) for o in outcomes])
        self.assertEqual(outcomes[2].measured, "10.0x")
        self.assertIn("compare 0.009 s", outcomes[1].stands_between)
        self.assertIn("100,000 of 100,000", outcomes[4].measured)

    def test_other_input_of_the_same_sizes_is_not_compared(self):
        run = whole_run()
        run["reports"][0]["settings"]["data"] = "synthetic:v2"
        outcome = all_aims(self.merged(run))[2]
        self.assertEqual(outcome.word, "not measured")

    def test_nothing_is_measured(self):
        self.assertEqual(set(self.words(whole_run(reports=[]))), {"not measured"})

    def test_too_slow_too_small_and_wrong(self):
        run = whole_run()
        results = run["reports"][0]["results"]
        results[0]["roofline"]["fraction"] = 0.79
        results[1]["check"] = {"compared": 10, "mismatches": 1}
        named = {result["op"]: result for result in results}
        named["program_all_pairs"]["params"]["rows"] = 300
        named["program_first_answer, kernels to compile"]["median_s"] = 1.0
        run["reports"][1]["results"][1]["with_ours"]["in_the_same_cluster"] = 99_999
        words = self.words(run)
        self.assertEqual(words[0], "not reached")
        self.assertEqual(words[1:3], ["not reached"] * 2)
        self.assertEqual(words[3], "not measured")
        self.assertEqual(words[4:], ["not reached", "not reached", "reached"])

    def test_clusters_of_another_definition_are_no_aim(self):
        run = whole_run()
        peers = run["reports"][1]
        once = result("butina, 0.7 and more", "program", {"rows": 100_000, "bits": 2048}, 0.01, 10**5, tool="soyaku")
        once["id"] += "/counted once"
        peers["results"].append(once)
        peers["comparisons"].append({**peers["comparisons"][0], "candidate": once["id"], "same_definition": False,
                                     "speedup_median": 0.1})
        outcome = all_aims(self.merged(run))[4]
        self.assertEqual((outcome.word, outcome.measured[:5]), ("reached", "2.00x"))
        self.assertIn("our whole process 0.500 s", outcome.stands_between)
        self.assertIn("0.10x nvMolKit 0.6.0 (other definition)", page.page(Merged([self.folder])))
        del peers["comparisons"][0]
        outcome = all_aims(self.merged(run))[4]
        self.assertEqual(outcome.word, "not measured")

    def test_our_clusters_that_differ_from_the_processors_are_wrong(self):
        run = whole_run()
        run["reports"][1]["results"][2]["check"] = {"compared": 1, "mismatches": 1}
        outcome = all_aims(self.merged(run))[4]
        self.assertEqual(outcome.word, "not reached")
        self.assertIn("WRONG ANSWERS", outcome.measured)

    def test_the_page_says_where_it_is_from(self):
        run = whole_run()
        run["steps"].append({"name": "b", "result": FAILED, "detail": "exit | code 1", "seconds": 1.0})
        self.write(run)
        self.assertEqual(self.make(), 0)
        text = self.text()
        for words in (H100, "abc1234", "2026-11-23", "580.1", "| FAILED |", "1 of 2 steps are good", "exit \\| code 1",
                      "10.00x nvMolKit 0.6.0", "0.123 s computing on a \\| GPU", "0.000 to 0.050 s library opened",
                      "broken/nvMolKit: out of memory", "**reached**",
                      "| 45 | 5 | 10 | 2.50e+01 | 5.00e+01 | planes |", "| 0.5 s | 1 s, 33.5% of logic3_per_s | 2.00 |",
                      "| 2.6 s | 3 s | 1.15 |"):
            self.assertIn(words, text)
        self.assertNotIn("EMULATED", text)

    def test_the_latest_run_counts(self):
        self.write(whole_run(), "a.json")
        later = whole_run(date="2026-11-24 00:00 UTC", reports=[], commit="def5678")
        later["results"] = [result("program_all_pairs", "process", {"rows": 1_936_962}, 7.0, 10**12)]
        self.write(later, "b.json")
        merged = Merged([self.folder])
        self.assertEqual(all_aims(merged)[3].word, "not reached")
        self.assertIn("different commits: abc1234, def5678", page.page(merged))

    def test_no_figure_of_an_emulated_device_gets_out_unmarked(self):
        emulated = "Emulated device 9.0"
        in_a_report = whole_run()
        in_a_report["reports"][0]["devices"] = [{"name": emulated}]
        docs = os.path.join(page.DOCS, "gpu-results-of-a-test.md")
        for run in (whole_run(name=emulated), whole_run(emulated=True), whole_run(quick=True), in_a_report):
            self.write(run)
            self.assertEqual(self.make(), 2)
            self.assertFalse(os.path.exists(os.path.join(self.folder, "page.md")))
            self.assertEqual(self.make(test=True, path=docs), 2)
            self.assertFalse(os.path.exists(docs))
            self.assertEqual(self.make(test=True), 0)
            self.assertTrue(self.text().startswith("# EMULATED"))
            os.remove(os.path.join(self.folder, "page.md"))

    def test_results_of_peers_that_do_not_say_whose_they_are(self):
        screens = [
            result("soyaku screen", "end_to_end", {"models": 10}, seconds, 100, "cpu:16", input=name)
            for seconds, name in ((1.0, "moses.smi"), (2.0, "chembl.smi"))
        ]
        other = result("ADMET-AI", "end_to_end", {"models": 10}, 4.0, 100)
        pair = {"baseline": other["id"], "candidate": screens[0]["id"], "speedup_median": 4.0}
        report = {"schema": "soyaku.bench/1", "tool": {"name": "soyaku"}, "devices": [{"name": H100}],
                  "results": [*screens, other], "comparisons": [pair]}
        text = page.page(self.merged(whole_run(part="peers-property", reports=[report])))
        self.assertIn("| soyaku screen | cpu:16 | models 10, input moses.smi | end_to_end | 1.000 s | 1.000e+02 pairs/s "
                      "| - | 4.00x ADMET-AI | - | - |", text)
        self.assertIn("| soyaku screen | cpu:16 | models 10, input chembl.smi | end_to_end | 2.000 s |", text)
        self.assertIn("| ADMET-AI | cuda:0 |", text)

    def test_what_cannot_be_merged_is_refused(self):
        self.assertEqual(self.make(), 2)
        with self.assertRaises(Refused):
            Merged(["/nonexistent"])
        self.write(whole_run(), "a.json")
        self.write(whole_run(name="NVIDIA H200"), "b.json")
        self.assertEqual(self.make(), 2)
        os.remove(os.path.join(self.folder, "b.json"))
        self.write({"schema": SCHEMA})
        self.assertEqual(self.make(), 2)
        with open(os.path.join(self.folder, "speed.json"), "w", encoding="utf-8") as file:
            file.write('{"schema": ')
        self.assertEqual(self.make(), 2)


if __name__ == "__main__":
    unittest.main()
