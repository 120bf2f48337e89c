"""``ftcli push`` to a hub on loopback."""

from __future__ import annotations

import pytest
from fake_hub import TOKEN, FakeHub, running
from terminal import Answer, Desk, run_process

pytestmark = pytest.mark.slow

RUN = "baseline-seed2"


@pytest.fixture
def hub():
    with running(FakeHub()) as hub:
        yield hub


@pytest.fixture
def push(desk_with_run, hub, tmp_path):
    """Push in a process of its own: the hub's client reads the environment once."""

    def ask(*arguments: object, code: int = 0, token: str | None = TOKEN, **environment: str) -> Answer:
        told = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_TOKEN": token or "",
        }
        return run_process(desk_with_run.folder, "push", *arguments, code=code, **(told | environment))

    return ask


def model_of(desk: Desk):
    return desk.folder / "runs" / "reviews" / RUN / "model"


def test_what_arrives_is_the_model_with_a_card_that_names_the_repository(push, hub, desk_with_run):
    answer = push(RUN, "reviews", "--private", "--json").json
    assert answer["repo"] == "somebody/reviews"
    assert answer["url"] == f"{hub.url}/somebody/reviews"
    assert hub.repos["somebody/reviews"]["private"]
    here = {path.name: path.read_bytes() for path in model_of(desk_with_run).iterdir()}
    assert hub.files.keys() == here.keys() == set(answer["files"])
    card = hub.files.pop("README.md").decode()
    assert hub.files.items() <= here.items()
    assert "pipeline(\"text-classification\", model='somebody/reviews')" in card
    assert hub.cards == [card]
    assert TOKEN not in str(answer)


def test_a_public_repository_does_not_take_what_is_to_be_private(push, hub):
    hub.repos["me/there"] = {"id": "me/there", "private": False}
    assert "me/there is public already" in push(RUN, "me/there", "--private", code=1).message
    assert not hub.files
    push(RUN, "me/there")
    assert hub.files


def test_refusals_say_what_to_do(push, hub, desk_with_run):
    assert "`hf auth login`, or as HF_TOKEN" in push(RUN, "me/x", code=1, token=None).message
    wrong = push(RUN, "me/x", code=1, token="hf_wrong").message
    assert "does not take the token (401): Invalid username or password." in wrong
    assert "hf_wrong" not in wrong
    hub.refusal = (403, "You don't have the rights to create a model under this namespace")
    assert "the token may not write to me/x (403): You don't have the rights" in push(RUN, "me/x", code=1).message
    assert not hub.files


def test_no_network(push):
    message = push(RUN, "me/x", code=1, HF_ENDPOINT="http://127.0.0.1:9").message
    assert "the Hugging Face hub can't be reached" in message
    assert "HF_HUB_OFFLINE is set" in push(RUN, "me/x", code=1, HF_HUB_OFFLINE="1").message


def test_a_damaged_model_is_not_uploaded(desk_with_run):
    (model_of(desk_with_run) / "config.json").write_text("{}")
    assert "config.json: damaged" in desk_with_run.ask("push", RUN, "me/x", code=1).message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ftcli push RUN REPO"),
        ([RUN], "ftcli push RUN REPO"),
        ([RUN, "a/b/c"], "--repo: "),
        ([RUN, "-x"], "No such"),
    ],
)
def test_wrong_usage(desk_with_run, arguments, message):
    assert message in desk_with_run.ask("push", *arguments, code=2).message
