"""Steps that end, hang, flood, fail; what is left of them on disk."""

import json
import os
import sys
import tempfile
import time
import unittest

from . import recorder
from .recorder import FAILED, NOT_RUN, PASSED, TIMEOUT, Recorder, tests


class Steps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def recorder(self, budget=60):
        return Recorder("part", self.folder, budget, {"commit": "abc"})

    def saved(self):
        with open(os.path.join(self.folder, "part.json"), encoding="utf-8") as file:
            return json.load(file)

    def log(self):
        with open(os.path.join(self.folder, "part.log"), encoding="utf-8") as file:
            return file.read()

    def outcomes(self):
        return [step["result"] for step in self.saved()["steps"]]

    def test_every_step_is_saved_when_it_ends(self):
        recorder = self.recorder()
        recorder.run("good", ["sh", "-c", "echo hello"], 10)
        self.assertEqual(self.outcomes(), [PASSED])
        recorder.run("bad", ["sh", "-c", "echo oh; exit 3"], 10)
        recorder.run("missing", ["/nonexistent/program"], 10)
        self.assertEqual(self.outcomes(), [PASSED, FAILED, FAILED])
        self.assertIn("hello", self.log())
        self.assertIn("exit code 3", self.saved()["steps"][1]["detail"])
        self.assertTrue(recorder.failed())

    def test_a_step_that_hangs_is_ended_with_its_children_and_the_rest_goes_on(self):
        recorder = self.recorder()
        mark = os.path.join(self.folder, "mark")
        started = time.monotonic()
        recorder.run("hangs", ["sh", "-c", f"echo begun; (sleep 3; touch {mark}) & sleep 60"], 1)
        recorder.run("next", ["true"], 10)
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual(self.outcomes(), [TIMEOUT, PASSED])
        self.assertIn("after 1 s", self.saved()["steps"][0]["detail"])
        self.assertIn("begun", self.log())
        time.sleep(3)
        self.assertFalse(os.path.exists(mark))

    def test_what_refuses_to_end_is_killed(self):
        grace, recorder_module = recorder.GRACE, recorder
        recorder_module.GRACE = 0.5
        self.addCleanup(setattr, recorder_module, "GRACE", grace)
        ended = self.recorder().execute("deaf", ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], 1)
        self.assertTrue(ended.timed_out)
        self.assertNotEqual(ended.code, 0)

    def test_steps_for_which_no_time_is_left_are_not_begun(self):
        now = [0.0]
        recorder = Recorder("part", self.folder, 10, {}, clock=lambda: now[0])
        recorder.run("first", ["true"], 5)
        now[0] = 9.0
        self.assertIsNone(recorder.run("second", ["true"], 5))
        self.assertEqual(self.outcomes(), [PASSED, NOT_RUN])
        self.assertTrue(recorder.failed())

    def test_a_flood_is_kept_from_both_ends(self):
        recorder = self.recorder()
        flood = "import sys; print('begin'); sys.stdout.write('x' * (3 << 20)); print('end')"
        ended = recorder.run("flood", [sys.executable, "-c", flood], 30)
        recorder.run("after", ["echo", "still here"], 10)
        self.assertLess(len(self.log()), 3 << 19)
        for text in (ended.text, self.log()):
            self.assertIn("begin", text)
            self.assertIn("end", text)
        self.assertIn("still here", self.log())

    def test_test_programs_are_read(self):
        def ended(text, code=0, timed_out=False):
            return recorder.Ended(code, timed_out, 1.0, text)

        good = "test result: ok. 3 passed; 0 failed; 0 ignored"
        self.assertEqual(tests(ended(good)), (PASSED, "(3 passed, 0 failed)"))
        self.assertEqual(tests(ended("test result: ok. 0 passed; 0 failed"))[0], FAILED)
        self.assertEqual(tests(ended("test result: FAILED. 2 passed; 1 failed", 101))[0], FAILED)
        self.assertEqual(tests(ended("test a ... ok\ntest b ... ok\n", -15, True))[1], "2 passed before it ended")
        self.assertEqual(tests(ended("", 139))[0], FAILED)

    def test_a_test_program_that_runs_out_of_time_is_no_success(self):
        recorder = self.recorder()
        recorder.run("slow", ["sh", "-c", "echo 'test a ... ok'; sleep 60"], 1, tests)
        self.assertEqual(self.outcomes(), [TIMEOUT])
        self.assertEqual(self.saved()["steps"][0]["detail"], "after 1 s; 1 passed before it ended")

    def test_reports_that_are_none_are_not_taken(self):
        recorder = self.recorder()
        path = os.path.join(self.folder, "report")
        for text in ("", "{", "[1]", '{"schema": "other"}'):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            self.assertIsNone(recorder.add_report(path))
        self.assertIsNone(recorder.add_report("/nonexistent"))
        self.assertEqual(self.saved()["reports"], [])


if __name__ == "__main__":
    unittest.main()
