"""Health checks of containers:  python -m local_cloud.team.health port 18081 | airflow scheduler

Cheap on purpose: `airflow jobs check` imports all of Airflow every time, this asks its API.
"""

from __future__ import annotations

import json
import sys
import urllib.request

from local_cloud.process import is_open

API = "http://api-server:8080/api/v2/monitor/health"


def main(arguments: list[str]) -> int:
    """Returns 0 if it is healthy, as Docker wants it; raises if Airflow does not answer."""
    match arguments:
        case ["port", port]:
            return 0 if is_open(int(port)) else 1
        case ["airflow", component]:
            with urllib.request.urlopen(API, timeout=5) as answer:
                return 0 if json.load(answer)[component]["status"] == "healthy" else 1
        case _:
            sys.stderr.write("say: port NUMBER, or airflow COMPONENT\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
