"""Entry point for spark-submit: verger's `import_images` (see `--help`)."""

import sys

from verger.cli import main

if __name__ == "__main__":
    sys.exit(main(["import_images", *sys.argv[1:]]))
