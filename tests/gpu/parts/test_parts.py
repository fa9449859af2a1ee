"""What programs of others say, read; the parts where something is missing."""

import os
import tempfile
import unittest
from unittest import mock

from . import checks, machine, peers, speed
from .recorder import FAILED, PASSED, SKIPPED, TIMEOUT, Ended, Recorder

CLEAN = "test result: ok. 4 passed; 0 failed; 0 ignored\n========= ERROR SUMMARY: 0 errors\n"
RACES = "========= RACECHECK SUMMARY: 2 hazards displayed (2 errors, 0 warnings)\n"


def ended(text, code=0, timed_out=False):
    return Ended(code, timed_out, 1.0, text)


class Sanitizer(unittest.TestCase):
    def test_clean_is_what_ends_well_and_says_so(self):
        self.assertEqual(checks.clean(ended(CLEAN)), (PASSED, "(4 passed, 0 failed), ERROR SUMMARY: 0 errors"))
        self.assertEqual(checks.clean(ended(CLEAN.replace("0 errors", "3 errors"), 9))[0], FAILED)
        self.assertEqual(checks.clean(ended("test result: ok. 4 passed; 0 failed"))[0], FAILED)
        self.assertEqual(checks.clean(ended(RACES + "test result: ok. 4 passed; 0 failed", 9))[0], FAILED)
        self.assertEqual(checks.clean(ended("test a ... ok", -15, True))[0], TIMEOUT)
        wrong = "test a ... ok\n========= Invalid __global__ write of size 4 bytes"
        self.assertEqual(checks.clean(ended(wrong, -15, True))[0], FAILED)

    def test_a_control_is_found_only_by_word_and_code(self):
        self.assertEqual(checks.found(ended(RACES, 9))[0], PASSED)
        self.assertEqual(checks.found(ended("========= ERROR SUMMARY: 1 error", 9))[0], PASSED)
        self.assertEqual(checks.found(ended("========= ERROR SUMMARY: 0 errors"))[0], FAILED)
        self.assertEqual(checks.found(ended("========= ERROR SUMMARY: 1 error", 0))[0], FAILED)
        self.assertEqual(checks.found(ended("", 9))[0], FAILED)

    def test_families_are_found_by_their_tests(self):
        listed = "\n".join([
            "mpnn::parity::a: test", "probe::parity::b: test", "tanimoto::cuda::many::tests::gpu_c: test",
            "tanimoto::cuda::tests::gpu_d: test", "tanimoto::cuda::many::plan::tests::of_the_host: test", "tanimoto::cuda::faults::e: test", "tanimoto::parity::f: test",
            "tanimoto::parity::g: test", "emulated::h: test", "tanimoto::cpu::tests::i: test",
        ])
        context = mock.Mock(program=lambda name: name)
        with mock.patch.object(machine, "asked", return_value=listed):
            self.assertEqual(checks.families(context), [
                "probe::parity::", "tanimoto::cuda::many::tests::", "tanimoto::cuda::tests::", "tanimoto::parity::",
            ])

    def test_none_is_skipped_and_a_deaf_one_is_not_believed(self):
        with tempfile.TemporaryDirectory() as folder:
            context = mock.Mock(program=lambda name: name, quick=False)
            recorder = Recorder("checks", folder, 60, {})
            with mock.patch.object(machine, "tool", return_value=None):
                checks.sanitizer(context, recorder, ["probe::parity::"])
            self.assertEqual([step["result"] for step in recorder.steps], [SKIPPED])
            with mock.patch.object(machine, "tool", return_value="true"):
                checks.sanitizer(context, recorder, ["probe::parity::"])
            failed = {step["name"]: step["detail"] for step in recorder.steps if step["result"] == FAILED}
            for tool in checks.CONTROLS:
                self.assertIn("its silence means nothing", failed[f"{tool} of probe::parity::"])


class Files(unittest.TestCase):
    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in "abc"]
            for path, text in zip(paths, ("1,2\n", "1,2\n", "1,3\n")):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            self.assertEqual(checks.same(paths[0], paths[1]), (PASSED, "(4 bytes)"))
            self.assertEqual(checks.same(paths[0], paths[2])[0], FAILED)
            self.assertEqual(checks.same(paths[0], os.path.join(folder, "none"))[0], FAILED)


class Profiles(unittest.TestCase):
    def test_launches_are_added_up(self):
        text = "\n".join([
            '==PROF== Connected', '"ID","Kernel Name","Metric Name","Metric Unit","Metric Value"',
            '"0","tanimoto_many(const unsigned long long *, int)","gpu__time_duration.sum","ns","1,500"',
            '"1","tanimoto_many(const unsigned long long *, int)","gpu__time_duration.sum","us","2.5"',
        ])
        count, seconds = speed.launches_of(text)["tanimoto_many"]
        self.assertEqual(count, 2)
        self.assertAlmostEqual(seconds, 4e-6)
        self.assertEqual(speed.launches_of("nothing"), {})

    def test_counters_that_are_locked_are_no_failure(self):
        self.assertEqual(speed.profiled(ended("==ERROR== ERR_NVGPUCTRPERM", 1))[0], SKIPPED)
        self.assertEqual(speed.profiled(ended("other", 1))[0], FAILED)


class Peers(unittest.TestCase):
    """The hook: what a program of peers is given, and what becomes of how it ends."""

    def outcome(self, script, folder):
        here = os.path.join(folder, "peers", "similarity")
        os.makedirs(here, exist_ok=True)
        path = os.path.join(here, "run")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"import subprocess, sys\nsys.exit(subprocess.call(['sh', '-c', {script!r}, 'run', *sys.argv[1:]]))\n")
        smiles = os.path.join(folder, "all.smi")
        with open(smiles, "w", encoding="utf-8") as file:
            file.write("CCO\n")
        scratch = tempfile.mkdtemp(dir=folder)
        context = mock.Mock(scratch=scratch, program=lambda name: name, sized=lambda quick, full: quick)
        recorder = Recorder("peers", folder, 60, {})
        molecules = mock.Mock(path=lambda name: smiles, library=lambda *_: None)
        os.makedirs(os.path.join(folder, "gpu-peers-similarity"))
        with mock.patch.object(peers, "HERE", os.path.dirname(here)), mock.patch.object(peers, "STAGES", folder), \
                mock.patch.object(peers, "Molecules", return_value=molecules):
            peers.run(context, recorder)
        return recorder

    def test_how_they_end(self):
        report = '{"schema": "soyaku.bench/1", "results": [], "comparisons": []}'
        good = f'test "$1 $3 $5 $7" = "--output --soyaku --data --seconds" && test -s "$6/moses.smi" && echo \'{report}\' >"$2/x.json" && echo step >"$2/x.log"'
        for script, result, reports in ((good, PASSED, 1), ("exit 77", SKIPPED, 0), ("exit 1", FAILED, 0),
                                        ("exit 0", FAILED, 0)):
            with tempfile.TemporaryDirectory() as folder:
                recorder = self.outcome(script, folder)
                self.assertEqual(recorder.steps[-1]["result"], result, script)
                self.assertEqual(len(recorder.reports), reports)
                self.assertEqual(os.path.exists(os.path.join(folder, "steps-x.log")), bool(reports))


if __name__ == "__main__":
    unittest.main()
