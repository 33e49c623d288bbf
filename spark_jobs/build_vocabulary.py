"""Entry point for spark-submit: verger's `build_vocabulary` (see `--help`)."""

import sys

from verger.cli import main

if __name__ == "__main__":
    sys.exit(main(["build_vocabulary", *sys.argv[1:]]))
