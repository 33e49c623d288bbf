"""Entry point for spark-submit: verger's `reduce_pca` (see `--help`)."""

import sys

from verger.cli import main

if __name__ == "__main__":
    sys.exit(main(["reduce_pca", *sys.argv[1:]]))
