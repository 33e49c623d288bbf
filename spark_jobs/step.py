"""Entry point for spark-submit, the same for every stage:  step.py STAGE --lake LAKE --run RUN"""

import atexit
import sys

from verger.cli.main import main
from verger.machine.last_words import await_readers

if __name__ == "__main__":
    atexit.register(await_readers)
    sys.exit(main())
