"""Alertmanager as a service of an Apprise configuration; only `sending` imports this."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import requests
from apprise.manager_plugins import NotificationManager
from apprise.plugins.custom_json import NotifyJSON


class Alertmanager(NotifyJSON):
    """
    ``alertmanager://HOST:9093``, or ``alertmanagers://USER:PASSWORD@HOST/PREFIX`` for HTTPS.

    ``?generator=URL`` names what the alerts link to, and ``?+NAME=VALUE`` adds a header, as
    everywhere in Apprise.
    """

    service_name = "Alertmanager"
    protocol = "alertmanager"
    secure_protocol = "alertmanagers"

    def __init__(self, generator: str = "", **others: Any) -> None:
        super().__init__(**others)  # type: ignore[no-untyped-call]
        self.generator = generator

    @staticmethod
    def parse_url(url: str, *others: Any, **named: Any) -> Any:
        """Parses a URL."""
        found = NotifyJSON.parse_url(url)  # type: ignore[no-untyped-call]
        if found:
            found["generator"] = unquote(found["qsd"].get("generator", ""))
        return found

    def post(self, alerts: list[dict[str, Any]]) -> int:
        """Sends alerts, and returns the HTTP status."""
        scheme, port = "https" if self.secure else "http", f":{self.port}" if self.port else ""
        response = requests.post(
            f"{scheme}://{self.host}{port}{self.fullpath.rstrip('/')}/api/v2/alerts",
            json=alerts,
            headers=self.headers,
            auth=(self.user, self.password or "") if self.user else None,
            verify=self.verify_certificate,
            timeout=self.request_timeout,
            allow_redirects=False,
        )
        return int(response.status_code)


NotificationManager().add(Alertmanager)  # type: ignore[no-untyped-call]
