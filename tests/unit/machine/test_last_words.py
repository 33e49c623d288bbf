"""Why a step failed is read before its process ends."""

import subprocess
import sys
import time

from verger.machine import last_words

PROGRAM = """
import atexit
from verger.machine.last_words import await_readers
atexit.register(await_readers)
raise SystemExit("the orchard is closed: come back in spring")
"""


def test_a_program_stays_until_its_last_words_have_been_read() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=pipe, stderr=pipe) as program:
        assert program.stderr
        while not last_words.unread(program.stderr.fileno()):
            time.sleep(0.01)
        time.sleep(0.5)  # it would end in this time
        assert program.poll() is None
        assert program.stderr.read() == b"the orchard is closed: come back in spring\n"
        assert program.wait() == 1


def test_nobody_waits_for_words_that_go_to_a_file() -> None:
    null = subprocess.DEVNULL
    assert subprocess.run([sys.executable, "-c", PROGRAM], stdout=null, stderr=null).returncode == 1
