"""A Sphinx extension that links chapters to their repository and to Binder, once it has an address.

``repository_url`` in ``_config.yml`` is the one place for that address. While it is empty, pages
have no such links, and lead nowhere but to one another.
"""

from sphinx.application import Sphinx
from sphinx.config import Config

BINDER = "https://mybinder.org"
"""Runs what ``.binder/`` describes, in JupyterLab, for anybody who follows a link."""


def offer_links(app: Sphinx, config: Config) -> None:
    """Let the theme show its links to the repository and to Binder, if there is an address."""
    options = config.html_theme_options
    if options.get("repository_url"):
        options["use_repository_button"] = True
        options["launch_buttons"] = {"notebook_interface": "jupyterlab", "binderhub_url": BINDER}


def setup(app: Sphinx) -> dict:
    """Connect to Sphinx, before the theme reads its options."""
    app.connect("config-inited", offer_links, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
