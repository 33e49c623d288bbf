"""Entry point for spark-submit: verger's `pivot_histograms` (see `--help`)."""

import sys

from verger.cli import main

if __name__ == "__main__":
    sys.exit(main(["pivot_histograms", *sys.argv[1:]]))
