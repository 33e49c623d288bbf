"""`python -m local_cloud.emr`: see `--help`."""

import sys

from local_cloud.emr.server import main

sys.exit(main())
