"""How Sphinx makes the site of these pages: `make docs`."""

import re

from sphinx.application import Sphinx

project = "pyinfra-runbooks"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "schedules"]
nitpicky = True
smartquotes = False  # Options keep their dashes.

# As GitHub makes them, so that a link leads to the same heading there and on the site.
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # Excerpts of JSON and of programs.

html_theme = "furo"
html_title = project
html_static_path: list[str] = []
html_copy_source = False
html_show_copyright = False

# Names of examples lead nowhere. LINKS=external asks all others.
linkcheck_ignore = [r"https?://[^/]*(example|aiwfe)\.", r"http://\w+:\d+/"]
linkcheck_anchors = False


def _as_files(_: Sphinx, __: str, content: list[str]) -> None:
    """A Markdown file of the repository that is no page of this site is a download."""
    content[0] = re.sub(r"\]\((\.\./[^)#]+\.md)\)", r"](path:\1)", content[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _as_files)
