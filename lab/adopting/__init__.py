"""Anybody's compose files, as they are, on a lab host: `python -m lab adopt FILE...`.

`images` says what stands in for which image, `checks` what a health check needs, `plan` puts both
together for a resolved project; `files` gathers what goes to the host, `host` brings it up there.
"""
