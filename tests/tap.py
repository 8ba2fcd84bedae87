# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the tests written in Python share: printing TAP, one line a test."""

import sys
import threading


class Tap:
    """Numbers results and prints them; several threads may report."""

    def __init__(self, plan=None):
        self.count = 0
        self.failed = 0
        self.planned = plan
        self.lock = threading.Lock()
        if plan is not None:
            print(f"1..{plan}", flush=True)

    def result(self, passed, name, why=""):
        """Report one test; `why` explains a failure, any number of lines."""
        with self.lock:
            self.count += 1
            if not passed:
                self.failed += 1
            print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")
            if not passed:
                for line in str(why).rstrip().splitlines():
                    print(f"# {line}")
            sys.stdout.flush()

    def check(self, name, function, *args):
        """A test that is a function: it passes unless it raises."""
        try:
            function(*args)
        except Exception as error:  # pylint: disable=broad-except
            self.result(False, name, str(error) or type(error).__name__)
        else:
            self.result(True, name)

    def comment(self, text):
        with self.lock:
            print(f"# {text}", flush=True)

    def done(self):
        """Print the plan if it was not known before; the exit status: nothing that ran is a failure, too."""
        if self.planned is None:
            print(f"1..{self.count}", flush=True)
        if not self.count:
            print("# no test ran", flush=True)
        return 1 if self.failed or not self.count or (self.planned or 0) > self.count else 0
