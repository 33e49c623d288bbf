"""Wait until the services are healthy and say where they are:  python3 -m local_cloud.team.welcome

Standard library only, like `local_cloud.team.dotenv`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from local_cloud.team.dotenv import read

READY_SECONDS = 300.0
LOOK_SECONDS = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 once everything is healthy, or 1 after one message that says what to do."""
    parser = argparse.ArgumentParser(prog="python3 -m local_cloud.team.welcome")
    parser.add_argument("--secrets", type=Path, default=Path(".env"))
    parser.add_argument("--seconds", type=float, default=READY_SECONDS)
    options = parser.parse_args(arguments)
    kept = read(options.secrets)
    page = f"http://127.0.0.1:{kept.get('UI_PORT', '8080')}"
    deadline = time.monotonic() + options.seconds
    while (waiting := unhealthy(page)) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    if waiting:
        sys.stderr.write(
            f"\nnot healthy after {options.seconds:.0f} s: {', '.join(waiting)}; "
            "`docker compose ps` and `docker compose logs NAME` tell more\n"
        )
        return 1
    sys.stdout.write(
        f"\n  Airflow   {kept['PUBLIC_URL']}"
        f"   login admin / {kept['AIRFLOW_PASSWORD']} (until it is changed there)\n"
        f"  Fruits    http://127.0.0.1:{kept.get('SERVE_PORT', '8000')}"
        f"   key SERVE_KEY in {options.secrets}\n"
        f"  S3        http://127.0.0.1:{kept.get('S3_PORT', '18080')}"
        f"   keys S3_ACCESS_KEY and S3_SECRET_KEY in {options.secrets}\n\n"
        "  `make team-deliver IMAGES=FOLDER` brings photographs, `make team-down` stops it all.\n\n"
    )
    return 0


def unhealthy(page: str) -> list[str]:
    """The parts of the Airflow behind a page that are not healthy yet."""
    try:
        with urllib.request.urlopen(f"{page}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310
            parts = json.load(answer)
    except (OSError, ValueError):
        return ["api-server"]
    return [name for name, part in parts.items() if part["status"] != "healthy"]


if __name__ == "__main__":
    sys.exit(main())
