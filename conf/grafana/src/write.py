#!/usr/bin/env python3
"""Writes the dashboards: conf/grafana/<store>/<name>.json, from the descriptions in boards/."""

import json
import pathlib

from boards import DASHBOARDS
from dashboards import dashboard_json

GRAFANA = pathlib.Path(__file__).resolve().parents[1]


def texts():
    """path below conf/grafana -> text of the file"""
    return {f"{store}/{dashboard.name}.json":
            json.dumps(dashboard_json(dashboard, store), indent=1, ensure_ascii=False) + "\n"
            for dashboard in DASHBOARDS for store in dashboard.stores}


def main():
    made = texts()
    for path in GRAFANA.glob("*/*.json"):
        if str(path.relative_to(GRAFANA)) not in made:
            path.unlink()
    for name, text in made.items():
        path = GRAFANA / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
