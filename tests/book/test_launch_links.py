from types import SimpleNamespace

import yaml
from paths import ROOT

from lstmblues.book.launch_links import offer_links

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
OPTIONS = CONFIG["sphinx"]["config"]["html_theme_options"]


def offered(**changes):
    """The theme's options after the extension has seen them."""
    config = SimpleNamespace(html_theme_options=OPTIONS | changes)
    offer_links(None, config)
    return config.html_theme_options


def test_without_an_address_there_are_no_links():
    assert offered(repository_url="") == OPTIONS | {"repository_url": ""}


def test_with_an_address_chapters_lead_to_it_and_to_binder():
    found = offered(repository_url="https://example.org/somebody/blues")
    assert found["use_repository_button"] is True
    assert found["launch_buttons"]["binderhub_url"].startswith("https://")
    assert found["launch_buttons"]["notebook_interface"] == "jupyterlab"


def test_binder_installs_what_running_chapters_needs():
    pins = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8")
    assert "-r ../requirements-live.txt" in pins.splitlines()
