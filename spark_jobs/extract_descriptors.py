"""Entry point for spark-submit: verger's `extract_descriptors` (see `--help`)."""

import sys

from verger.cli import main

if __name__ == "__main__":
    sys.exit(main(["extract_descriptors", *sys.argv[1:]]))
