# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The rule that ends a hung test: it ends what hangs, and nothing that is slow or has to wait."""

import signal
import subprocess
import sys
import threading
import time

import progress
from tap import Tap

# Prints a line each 0.4 s of its own processor time, then ends well.
SLOW = """
import time
for i in range(10):
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
    print(i, flush=True)
"""
BURN = "while True: pass"
SLEEP = "import time; print('waits', flush=True); time.sleep(1000)"
ENDLESS = "import time\nwhile True:\n    print('again', flush=True)\n"
# A suite that waits for a hung program of its own.
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + BURN


def python(text, quiet, idle, act=None, end=None):
    """Run a program under the rule: (status, why it was ended, all that it printed)."""
    output = bytearray()
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as process:
        with progress.Watch(process, quiet, idle, end and (lambda: end(process))) as watch:
            if act:
                threading.Thread(target=act, args=(process,)).start()
            for line in process.stdout:
                watch.printed()
                output += line
            status = process.wait()
    return status, watch.hung, output.decode()


def is_ended(text, why, quiet=2, idle=1000, **kw):
    status, hung, _ = python(text, quiet, idle, **kw)
    assert status < 0, f"status {status}"
    assert hung and why in hung, f"ended because of: {hung}"


def is_left_alone(text, lines, quiet, idle, **kw):
    status, hung, output = python(text, quiet, idle, **kw)
    assert hung is None, hung
    assert status == 0, f"status {status}"
    assert len(output.splitlines()) == lines, output


def stop_for_a_while(process):
    """It has started, and is stopped for longer than it may sleep."""
    time.sleep(0.2)
    process.send_signal(signal.SIGSTOP)
    time.sleep(6)
    process.send_signal(signal.SIGCONT)


def children_are_counted():
    """The one that waits uses nothing; what it waits for does."""
    with subprocess.Popen([sys.executable, "-c", PARENT], start_new_session=True) as process:
        with progress.Watch(process, 2, 1000,
                            lambda: progress.os.killpg(process.pid, signal.SIGKILL)) as watch:
            process.wait()
    assert watch.hung and "processor time" in watch.hung, watch.hung


def account(*steps, processors=2, quiet=60, idle=120):
    """What the rule says in the end of steps (how often, seconds gone by, used in each, threads that want)."""
    rule, used = progress.Account(quiet, idle, processors), 0.0
    for times, seconds, each, wanting in steps:
        for _ in range(times):
            used += each
            why = rule.add(seconds, used, wanting)
            if why:
                return why
    return None


def starved():
    """An hour of which a program had a hundredth part."""
    assert account((3600, 1, 0.01, 1)) is None
    assert account((7000, 1, 0.01, 1)) is not None


def shared():
    """64 threads on 2 processors get on as fast as the processors, not as fast as their sum."""
    assert account((59, 1, 2.0, 64)) is None
    assert "61 s of processor" in account((62, 1, 2.0, 64))
    assert account((59, 1, 64.0, 64), processors=64) is None
    assert "61 s of processor" in account((62, 1, 1.0, 1), processors=64)


def waiting():
    """Sleep counts only where nothing wants a processor."""
    assert account((119, 1, 0.0, 0)) is None
    assert "anything to do" in account((122, 1, 0.0, 0))
    assert account((3600, 1, 0.0, 1)) is None


def endless():
    rule = progress.Account(1, 1, 1)
    for second in range(100):
        why = rule.add(1, second * 0.9, 1, printed=True)
        if why:
            break
    assert why and "no end" in why, why


def command():
    """The rule as a command passes on output and status."""
    def run(*args):
        done = subprocess.run([sys.executable, progress.__file__, *args], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    assert run("sh", "-c", "echo a; exit 3") == (3, "a\n", ""), run("sh", "-c", "echo a; exit 3")
    status, _, why = run("--quiet", "1", sys.executable, "-c", BURN)
    assert status == 124 and "ended" in why, (status, why)


def main():
    tap = Tap()
    tap.check("a program that burns its processor without a word is ended", is_ended, BURN, "processor time")
    tap.check("a program that sleeps without a word is ended",
              lambda: is_ended(SLEEP, "anything to do", 1000, 2))
    tap.check("a program that prints for ever is ended", lambda: is_ended(ENDLESS, "no end", 0.2))
    tap.check("a program that waits for a hung one is ended", children_are_counted)
    tap.check("a program that does not heed the signal is killed",
              lambda: is_ended(DEAF, "processor time", 1, end=subprocess.Popen.terminate))
    tap.check("a program that prints slowly is not", is_left_alone, SLOW, 10, 2, 1000)
    tap.check("a program that is stopped for a while is not",
              lambda: is_left_alone(SLOW, 10, 2, 3, act=stop_for_a_while))
    tap.check("a program that gets no processor is not", starved)
    tap.check("threads that share processors share the count", shared)
    tap.check("one that waits for a processor does not sleep", waiting)
    tap.check("lines don't make a program endless", endless)
    tap.check("the rule as a command", command)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
