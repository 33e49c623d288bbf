"""Entry point for spark-submit, the same for every stage:  step.py STAGE --lake LAKE --run RUN"""

import sys

from verger.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
