"""Entry point for spark-submit: verger's `pipeline` (see `--help`)."""

import sys

from verger.cli import main

if __name__ == "__main__":
    sys.exit(main(["pipeline", *sys.argv[1:]]))
